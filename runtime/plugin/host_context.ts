// What the host functions of one CNI call share: its namespaces, sockets, database and journal, each opened at the
// first use and kept until the call ends.

import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { Change } from "../../host-funcs/change.ts";
import type { AttachmentKey, HostContext } from "../../host-funcs/context.ts";
import { HostCallError } from "../../host-funcs/error.ts";
import type { Database } from "../../host-funcs/state/database.ts";
import { openDatabase } from "../../host-funcs/state/open_database.ts";
import { currentNamespace, type NetworkNamespace, openNamespace } from "../../host-funcs/sys/namespace.ts";
import { type NetlinkSocket, openNetlink, type RouteNetlink } from "../../host-funcs/sys/netlink_socket.ts";
import type { Log, LogLevel } from "../cni/log.ts";
import type { Trace } from "./trace.ts";
import type { Checkpoint } from "./checkpoint.ts";

/** What a process that serves many calls keeps between them. */
export interface Kept {
  /** The node's state, open. */
  database(tell: (message: string) => void): Database;
  /** Lets go of the state where it has been rebuilt: see `Database.isCurrent`. */
  lookAgain(): void;
  /** A NETLINK_ROUTE socket in the node's namespace. */
  netlink(): NetlinkSocket;
}

/** Where a call acts. */
export interface CallPlace {
  readonly attachment: AttachmentKey;
  readonly args: ReadonlyArray<readonly [string, string]>;
  readonly stateDir: string;
  readonly log: Log;
  readonly checkpoint?: Checkpoint | undefined;
  readonly trace?: Trace;
  readonly kept?: Kept | undefined;
  /** Only for an ADD whose configuration has `networkPolicy`. */
  readonly isolation?: Isolator | undefined;
}

/** What `HostContext.isolate` comes to. */
export interface Isolator {
  isolate(context: HostContext, address: string, linkKind: string): (() => void) | undefined;
}

/** Where a call's changes go. */
export interface ChangeSink {
  /** Writes a change down, durably. */
  append(change: Change): void;
}

/** One for each CNI call. */
export class CallContext implements HostContext {
  readonly #place: CallPlace;
  readonly #sink: ChangeSink;
  readonly #namespaces = new Map<Ns, NetworkNamespace>();
  readonly #sockets = new Map<Ns, NetlinkSocket>();
  #database: Database | undefined;
  #netns = "";
  readonly #configs: Readonly<Record<string, unknown>>[] = [];

  constructor(place: CallPlace, sink: ChangeSink) {
    this.#place = place;
    this.#sink = sink;
  }

  get attachment(): AttachmentKey {
    return this.#place.attachment;
  }

  get checkpoint(): Checkpoint | undefined {
    return this.#place.checkpoint;
  }

  get trace(): Trace | undefined {
    return this.#place.trace;
  }

  get args(): ReadonlyArray<readonly [string, string]> {
    return this.#place.args;
  }

  get config(): Readonly<Record<string, unknown>> {
    return this.#configs.at(-1) ?? {};
  }

  /** Says where the container's namespace is; until then, and with the empty string, it has none. */
  setNetns(path: string): void {
    this.#netns = path;
  }

  /** Runs something as the plugin that has this configuration. */
  withConfig<T>(config: Readonly<Record<string, unknown>>, run: () => T): T {
    this.#configs.push(config);
    try {
      return run();
    } finally {
      this.#configs.pop();
    }
  }

  namespace(ns: Ns): NetworkNamespace {
    let namespace = this.#namespaces.get(ns);
    if (namespace === undefined) {
      if (ns === "container" && this.#netns === "") {
        throw new HostCallError("not-found", "Cannot enter the container's network namespace as it does not exist");
      }
      namespace = ns === "host" ? currentNamespace() : openNamespace(this.#netns);
      this.#namespaces.set(ns, namespace);
    }
    return namespace;
  }

  netlink(ns: Ns): RouteNetlink {
    if (ns === "host" && this.#place.kept !== undefined) return this.#place.kept.netlink();
    let socket = this.#sockets.get(ns);
    if (socket === undefined) {
      socket = openNetlink(this.namespace(ns));
      this.#sockets.set(ns, socket);
    }
    return socket;
  }

  database(): Database {
    const { kept } = this.#place;
    if (kept !== undefined) return kept.database((message) => this.log("error", message));
    this.#database ??= openDatabase(this.#place.stateDir, (message) => this.log("error", message));
    return this.#database;
  }

  /** Opens the node's state anew if it has been rebuilt meanwhile: see `Database.isCurrent`. */
  renewDatabase(): void {
    this.#place.kept?.lookAgain();
    if (this.#database === undefined || this.#database.isCurrent()) return;
    this.#database.close();
    this.#database = undefined;
  }

  record(change: Change): void {
    this.#sink.append(change);
    this.#place.checkpoint?.(`journaled ${change.kind}`);
  }

  isolate(address: string, linkKind: string): (() => void) | undefined {
    return this.#place.isolation?.isolate(this, address, linkKind);
  }

  log(level: LogLevel, message: string): void {
    this.#place.log.write(level, message);
  }

  /** Told before an executable runs on a plugin's behalf. @param type its name @throws {CniFailure} where it must not */
  admitExecutable(_type: string): void {}

  /** Closes what was opened. */
  close(): void {
    for (const socket of this.#sockets.values()) socket.close();
    for (const namespace of this.#namespaces.values()) namespace.close();
    this.#database?.close();
    this.#sockets.clear();
    this.#namespaces.clear();
    this.#database = undefined;
  }
}
