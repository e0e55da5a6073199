// Whether a rule applies to a packet: its matches, made ready once for many packets.

import type { Field, InSet, Lookup, Match, OneOf, Verdict } from "cnidaria:cni/nftables@0.3.0";
import type { TableContent } from "../../../host-funcs/firewall/ruleset/ruleset.ts";
import { Intervals } from "./intervals.ts";
import { numberReader, type ReadPacket, textReader } from "./packet.ts";

export type Predicate = (packet: ReadPacket) => boolean;

/** What rules share: big sets are sorted once. */
export class Matcher {
  readonly #intervals = new Map<string, Intervals>();

  constructor(private readonly content: TableContent) {}

  /** @throws {Error} a sentence, where it cannot be told of a new connection's packet */
  predicate(match: Match): Predicate {
    switch (match.tag) {
      case "in-set":
        return this.#inSet(match.val);
      case "one-of":
        return oneOf(match.val);
      case "connection": {
        const isNew = match.val.includes("new");
        return () => isNew;
      }
      // A new connection's packet is no neighbour discovery.
      case "icmpv6-type":
        return () => false;
      // It bounds what is logged.
      case "at-most":
        return () => true;
    }
  }

  /** The verdict that a map has for a packet. */
  lookup({ fields, map }: Lookup): (packet: ReadPacket) => Verdict | undefined {
    const { elements } = this.#set(map);
    const key = keyReader(fields);
    return (packet) => {
      const text = key(packet);
      return text === undefined ? undefined : elements.get(text);
    };
  }

  #inSet({ fields, set: name, negated }: InSet): Predicate {
    const set = this.#set(name);
    if (set.intervals) {
      const read = numberReader(fields[0]!);
      return (packet) => {
        const value = read(packet);
        return value !== undefined && this.#intervalsOf(name).has(value) !== negated;
      };
    }
    const key = keyReader(fields);
    return (packet) => {
      const text = key(packet);
      return text !== undefined && set.elements.has(text) !== negated;
    };
  }

  /** Made when a packet needs it first. */
  #intervalsOf(name: string): Intervals {
    let intervals = this.#intervals.get(name);
    if (intervals === undefined) {
      intervals = new Intervals(this.#set(name).elements.keys());
      this.#intervals.set(name, intervals);
    }
    return intervals;
  }

  #set(name: string) {
    const set = this.content.sets.get(name);
    if (set === undefined) {
      throw new Error(`Cannot judge packets by the rules as they read set ${name}, which is not there`);
    }
    return set;
  }
}

function oneOf({ field, values, negated }: OneOf): Predicate {
  if (field === "l4proto") {
    const read = textReader(field);
    const all = new Set(values);
    return (packet) => all.has(read(packet)!) !== negated;
  }
  const read = numberReader(field);
  const intervals = new Intervals(values);
  return (packet) => {
    const value = read(packet);
    return value !== undefined && intervals.has(value) !== negated;
  };
}

function keyReader(fields: readonly Field[]): (packet: ReadPacket) => string | undefined {
  const readers = fields.map(textReader);
  const [only] = readers;
  if (readers.length === 1) return only!;
  return (packet) => {
    const parts: string[] = [];
    for (const read of readers) {
      const part = read(packet);
      if (part === undefined) return undefined;
      parts.push(part);
    }
    return parts.join(" . ");
  };
}
