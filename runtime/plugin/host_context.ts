// What the host functions of one CNI call share: its namespaces, sockets, database and journal, each opened at the
// first use and kept until the call ends.

import type { Ns } from "cnidaria:cni/types@0.1.0";
import type { Change } from "../../host-funcs/change.ts";
import type { AttachmentKey, HostContext } from "../../host-funcs/context.ts";
import { HostCallError } from "../../host-funcs/error.ts";
import { type Database, openDatabase } from "../../host-funcs/state/database.ts";
import { type NetworkNamespace, openNamespace } from "../../host-funcs/sys/namespace.ts";
import { type NetlinkSocket, openNetlink } from "../../host-funcs/sys/netlink_socket.ts";
import type { Log, LogLevel } from "../cni/log.ts";

/** Where a call acts. */
export interface CallPlace {
  readonly attachment: AttachmentKey;
  readonly args: ReadonlyArray<readonly [string, string]>;
  /** Path of the container's namespace; empty if there is none (any more). */
  readonly netns: string;
  readonly stateDir: string;
  readonly log: Log;
}

/** Where a call's changes go. */
export interface ChangeSink {
  /** Writes a change down, durably. */
  append(change: Change): void;
}

/** The node's own network namespace, as long as the thread is in it: always, but for the moment of opening a socket. */
const HOST_NETNS = "/proc/self/ns/net";

/** One for each CNI call. */
export class CallContext implements HostContext {
  readonly #place: CallPlace;
  readonly #sink: ChangeSink;
  readonly #namespaces = new Map<Ns, NetworkNamespace>();
  readonly #sockets = new Map<Ns, NetlinkSocket>();
  #database: Database | undefined;
  readonly #configs: Readonly<Record<string, unknown>>[] = [];

  constructor(place: CallPlace, sink: ChangeSink) {
    this.#place = place;
    this.#sink = sink;
  }

  get attachment(): AttachmentKey {
    return this.#place.attachment;
  }

  get args(): ReadonlyArray<readonly [string, string]> {
    return this.#place.args;
  }

  get config(): Readonly<Record<string, unknown>> {
    return this.#configs.at(-1) ?? {};
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
      if (ns === "container" && this.#place.netns === "") {
        throw new HostCallError("not-found", "Cannot enter the container's network namespace as it does not exist");
      }
      namespace = openNamespace(ns === "host" ? HOST_NETNS : this.#place.netns);
      this.#namespaces.set(ns, namespace);
    }
    return namespace;
  }

  netlink(ns: Ns): NetlinkSocket {
    let socket = this.#sockets.get(ns);
    if (socket === undefined) {
      socket = openNetlink(this.namespace(ns));
      this.#sockets.set(ns, socket);
    }
    return socket;
  }

  database(): Database {
    this.#database ??= openDatabase(this.#place.stateDir);
    return this.#database;
  }

  record(change: Change): void {
    this.#sink.append(change);
  }

  log(level: LogLevel, message: string): void {
    this.#place.log.write(level, message);
  }

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
