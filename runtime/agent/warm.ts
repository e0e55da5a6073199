// What a thread of the agent keeps from one call to the next: the engine, the code of plugins, the state database and a
// netlink socket in the node's namespace. Nothing that belongs to an attachment.

import type { Database } from "../../host-funcs/state/database.ts";
import { openDatabase } from "../../host-funcs/state/open_database.ts";
import { currentNamespace } from "../../host-funcs/sys/namespace.ts";
import { type NetlinkSocket, openNetlink } from "../../host-funcs/sys/netlink_socket.ts";
import type { Warm } from "../cni/call.ts";
import type { Engine } from "../engine/engine.ts";
import { type EngineChoice, openEngine } from "../engine/open_engine.ts";
import { cacheDir, libDir, stateDir } from "../paths.ts";
import type { Kept } from "../plugin/host_context.ts";
import { ReadyPlugins } from "../plugin/ready_plugins.ts";

export class WarmThread implements Warm {
  readonly plugins = new ReadyPlugins(libDir(), stateDir());
  readonly kept: Kept = {
    database: (tell) => this.#openDatabase(tell),
    lookAgain: () => this.lookAgain(),
    netlink: () => this.#openNetlink(),
  };
  #engine: Promise<Engine> | undefined;
  #database: Database | undefined;
  #netlink: NetlinkSocket | undefined;

  /** @param choice see CNIDARIA_ENGINE */
  constructor(readonly choice = (Deno.env.get("CNIDARIA_ENGINE") ?? "auto") as EngineChoice) {}

  engine(log: (message: string) => void): Promise<Engine> {
    this.#engine ??= openEngine(this.choice, { libDir: libDir(), cacheDir: cacheDir(), prepares: true, log }).catch(
      (error) => {
        this.#engine = undefined;
        throw error;
      },
    );
    return this.#engine;
  }

  /**
   * Opens the engine and the database before the first call; what fails there is told by the calls.
   *
   * @returns which engine it is, if it could be opened
   */
  async ready(): Promise<Engine["name"] | undefined> {
    let name: Engine["name"] | undefined;
    try {
      ({ name } = await this.engine(() => {}));
      this.#openDatabase(() => {});
    } catch {
      // A call says it to who can read it.
    }
    return name;
  }

  /** After a call that failed nothing is relied on that it may have left half read, or half done. */
  renew(): void {
    this.#netlink?.close();
    this.#netlink = undefined;
    this.#closeDatabase();
  }

  /** Before each call: another process may have set the database aside meanwhile. */
  lookAgain(): void {
    if (this.#database?.isCurrent() === false) this.#closeDatabase();
  }

  async close(): Promise<void> {
    this.renew();
    this.plugins.close();
    (await this.#engine?.catch(() => undefined))?.close();
  }

  /** One that is damaged may refuse even that. */
  #closeDatabase(): void {
    const database = this.#database;
    this.#database = undefined;
    try {
      database?.close();
    } catch {
      // What it held is in the ledger's copies.
    }
  }

  #openDatabase(tell: (message: string) => void): Database {
    this.#database ??= openDatabase(stateDir(), tell);
    return this.#database;
  }

  #openNetlink(): NetlinkSocket {
    this.#netlink ??= openNetlink(currentNamespace());
    return this.#netlink;
  }
}
