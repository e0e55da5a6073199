// A plugin's table in the kernel: made what its ruleset says, compared with it, and counted.

import type { Change } from "cnidaria:cni/nftables@0.1.0";
import { HostCallError } from "../../error.ts";
import { attempt, ENOENT, isErrno } from "../../sys/errno.ts";
import { currentNamespace, type NetworkNamespace } from "../../sys/namespace.ts";
import type { NetlinkSocket } from "../../sys/netlink_socket.ts";
import { openNftables, type TableFamily } from "../../sys/nftables_message.ts";
import { differenceOf } from "./difference.ts";
import { Batch } from "./kernel/batch.ts";
import { isInKernel } from "./kernel/compare.ts";
import { pushEffect } from "./kernel/effects.ts";
import { listCounters } from "./kernel/listing.ts";
import { type Count, deleteTable, newTable, type Table } from "./kernel/messages.ts";
import { type Applied, type Effect, Ruleset, type TableContent } from "./ruleset.ts";

export type { Count };

/** How changes came into the kernel. */
export interface Outcome {
  readonly effects: readonly Effect[];
  /** The table was not what it was left as: it was made anew. */
  readonly repaired: boolean;
}

const nothing: TableContent = { sets: new Map(), chains: new Map(), counters: new Set() };

/** In a namespace; where none is given, that of the thread. What is in the table then is not looked at: see `replace`. */
export class KernelRuleset {
  readonly table: Table;
  readonly #socket: NetlinkSocket;
  #ruleset = new Ruleset();

  /** @throws {HostCallError} */
  constructor(plugin: string, family: TableFamily = "inet", namespace: NetworkNamespace = currentNamespace()) {
    this.table = { family, name: `cnidaria-${plugin}` };
    this.#socket = attempt("open a socket for nftables", () => openNftables(namespace));
  }

  /** What is in force, or has to be. */
  get content(): TableContent {
    return this.#ruleset;
  }

  /** The kernel's notifications of what was done here are from this port. Undefined before the first change. */
  get port(): number | undefined {
    return this.#socket.port;
  }

  /**
   * Makes all changes, or none, in one transaction. Where someone else has changed the table meanwhile so that they
   * cannot be made, all of it is made anew with them.
   *
   * @throws {HostCallError} `invalid` for what a component must not ask for; else the kernel's answer
   */
  apply(changes: readonly Change[]): Outcome {
    const applied = this.#ruleset.change(changes);
    try {
      return { effects: applied.effects, repaired: this.#commit(applied) };
    } catch (error) {
      applied.takeBack();
      throw error;
    }
  }

  /**
   * Makes the table anew in one transaction, whatever was there. Counters of the same name go on from what they have.
   *
   * @throws {HostCallError} as `apply`; then all is as before
   */
  replace(content: TableContent): void {
    const ruleset = new Ruleset();
    const { effects } = ruleset.change(differenceOf(nothing, content));
    this.#commitAnew(effects);
    this.#ruleset = ruleset;
  }

  /**
   * Goes on from a table that an earlier process has left, if it is just what that had applied.
   *
   * @returns whether it is; else nothing has happened
   * @throws {HostCallError}
   */
  adopt(content: TableContent): boolean {
    const ruleset = new Ruleset();
    ruleset.change(differenceOf(nothing, content));
    if (!this.matches(ruleset)) return false;
    this.#ruleset = ruleset;
    this.#isFirst = false;
    return true;
  }

  /**
   * Whether the kernel has just what `content` says, or something else in its place.
   *
   * @throws {HostCallError}
   */
  matches(content: TableContent = this.#ruleset): boolean {
    return attempt(`list the rules of ${this.table.name}`, () => isInKernel(this.#socket, this.table, content));
  }

  /**
   * What counters have counted, by their names; none where there is no table.
   *
   * @throws {HostCallError}
   */
  counters(): Map<string, Count> {
    return attempt(`list the counters of ${this.table.name}`, () => {
      try {
        return listCounters(this.#socket, this.table);
      } catch (error) {
        if (isErrno(error, ENOENT)) return new Map();
        throw error;
      }
    });
  }

  /** Deletes the table, if there is one. @throws {HostCallError} */
  remove(): void {
    const batch = new Batch();
    // Deleting what is not there would fail.
    batch.push("add the table", newTable(this.table));
    batch.push("delete the table", deleteTable(this.table));
    batch.commit(this.#socket, `delete the rules of ${this.table.name}`);
    this.#ruleset = new Ruleset();
  }

  close(): void {
    this.#socket.close();
  }

  /** @returns whether the table had to be made anew */
  #commit({ effects }: Applied): boolean {
    const batch = new Batch();
    // The first change of all finds no table.
    if (this.#isFirst) batch.push("add the table", newTable(this.table));
    for (const effect of effects) pushEffect(batch, this.table, effect);
    try {
      batch.commit(this.#socket, this.#doing);
      this.#isFirst = false;
      return false;
    } catch (error) {
      if (!(error instanceof HostCallError)) throw error;
      this.#commitAnew(new Ruleset().change(differenceOf(nothing, this.#ruleset)).effects);
      return true;
    }
  }

  #commitAnew(effects: readonly Effect[]): void {
    const counts = this.counters();
    const batch = new Batch();
    batch.push("add the table", newTable(this.table));
    batch.push("delete the table", deleteTable(this.table));
    batch.push("add the table", newTable(this.table));
    for (const effect of effects) pushEffect(batch, this.table, effect, counts);
    batch.commit(this.#socket, this.#doing);
    this.#isFirst = false;
  }

  #isFirst = true;

  get #doing(): string {
    return `change the rules of ${this.table.name}`;
  }
}
