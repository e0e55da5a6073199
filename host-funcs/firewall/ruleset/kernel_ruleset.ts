// A plugin's table in the kernel: made what its ruleset says, compared with it, and counted.

import type { Change } from "cnidaria:cni/nftables@0.3.0";
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
import { phasesOf } from "./phases.ts";
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
  /** In force beside a table that is made anew. */
  readonly #guard: Table;
  readonly #socket: NetlinkSocket;
  #ruleset = new Ruleset();

  /** @throws {HostCallError} */
  constructor(plugin: string, family: TableFamily = "inet", namespace: NetworkNamespace = currentNamespace()) {
    this.table = { family, name: `cnidaria-${plugin}` };
    // No plugin's name has a dot.
    this.#guard = { family, name: `${this.table.name}.guard` };
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
   * Makes all changes, or none: they count at once. Where someone else has changed the table meanwhile so that they cannot
   * be made, all of it is made anew with them.
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
   * Makes the table anew, whatever was there. At no moment passes what both the old and the new table drop. Counters of the
   * same name go on from what they have.
   *
   * @throws {HostCallError} as `apply`; then what was there is in force
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
    this.#removeTable(this.#guard);
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
    return this.#countersIfThere() ?? new Map();
  }

  /** Deletes the table, if there is one. @throws {HostCallError} */
  remove(): void {
    this.#removeTable(this.table);
    this.#removeTable(this.#guard);
    this.#ruleset = new Ruleset();
  }

  close(): void {
    this.#socket.close();
  }

  /** @returns whether the table had to be made anew */
  #commit({ effects }: Applied): boolean {
    const phases = phasesOf(effects);
    if (phases === undefined) {
      this.#commitAnew(this.#wholeTable(), effects.flatMap((it) => it.tag === "add-counter" ? [it.name] : []));
      return false;
    }
    try {
      for (const phase of phases) this.#commitPhase(phase);
      return false;
    } catch (error) {
      if (!(error instanceof HostCallError)) throw error;
      this.#commitAnew(this.#wholeTable());
      return true;
    }
  }

  #commitPhase(effects: readonly Effect[]): void {
    const batch = new Batch();
    // The first change of all finds no table.
    if (this.#isFirst) batch.push("add the table", newTable(this.table));
    for (const effect of effects) pushEffect(batch, this.table, effect);
    batch.commit(this.#socket, this.#doing);
    this.#isFirst = false;
  }

  #wholeTable(): readonly Effect[] {
    return new Ruleset().change(differenceOf(nothing, this.#ruleset)).effects;
  }

  /**
   * One transaction is not enough to replace a table. The kernel asks each of its chains by itself, and a packet that is
   * between two of them when it goes over is asked by a new chain that was not there yet and by an old one that is not
   * there any more (seen on Linux 6.18: once in some 1,000 times). Hence the new content is in force in a second table
   * before, and until after.
   *
   * @param reset counters that begin at nothing
   */
  #commitAnew(effects: readonly Effect[], reset: readonly string[] = []): void {
    const counts = this.#countersIfThere();
    for (const name of reset) counts?.delete(name);
    if (counts !== undefined) this.#makeAnew(this.#guard, effects);
    try {
      this.#makeAnew(this.table, effects, counts);
      this.#isFirst = false;
    } finally {
      this.#removeTable(this.#guard);
    }
  }

  #makeAnew(table: Table, effects: readonly Effect[], counts?: ReadonlyMap<string, Count>): void {
    const batch = new Batch();
    batch.push("add the table", newTable(table));
    batch.push("delete the table", deleteTable(table));
    batch.push("add the table", newTable(table));
    for (const effect of effects) pushEffect(batch, table, effect, counts);
    batch.commit(this.#socket, this.#doing);
  }

  #removeTable(table: Table): void {
    const batch = new Batch();
    // Deleting what is not there would fail.
    batch.push("add the table", newTable(table));
    batch.push("delete the table", deleteTable(table));
    batch.commit(this.#socket, `delete the rules of ${table.name}`);
  }

  /** @returns undefined where there is no table */
  #countersIfThere(): Map<string, Count> | undefined {
    return attempt(`list the counters of ${this.table.name}`, () => {
      try {
        return listCounters(this.#socket, this.table);
      } catch (error) {
        if (isErrno(error, ENOENT)) return undefined;
        throw error;
      }
    });
  }

  #isFirst = true;

  get #doing(): string {
    return `change the rules of ${this.table.name}`;
  }
}
