// The first packet of a connection, as rules read it.

import type { Field } from "cnidaria:cni/nftables@0.3.0";
import { type Family, formatAddress, parseAddress } from "../../../host-funcs/ip_number.ts";

export interface Packet {
  /** Addresses of one family. */
  readonly source: string;
  readonly destination: string;
  /** `tcp`, `udp`, `sctp`, `icmp` or `icmpv6`. */
  readonly protocol: string;
  /** Of protocols that have ports. */
  readonly destinationPort?: number;
}

/** A packet whose addresses are in the kernel's notation. */
export interface ReadPacket extends Packet {
  readonly family: Family;
  readonly sourceNumber: bigint;
  readonly destinationNumber: bigint;
}

/** @throws {Error} a sentence, where it is no packet */
export function readPacket({ source, destination, protocol, destinationPort }: Packet): ReadPacket {
  const from = parseAddress(source);
  const to = parseAddress(destination);
  if (from === undefined || to === undefined) {
    const text = from === undefined ? source : destination;
    throw new Error(`Cannot judge a packet as its address is none: ${JSON.stringify(text)}`);
  }
  if (from.family !== to.family) {
    throw new Error(`Cannot judge a packet from ${source} to ${destination} as these are of two address families`);
  }
  return {
    family: from.family,
    source: formatAddress(from.family, from.number),
    destination: formatAddress(to.family, to.number),
    sourceNumber: from.number,
    destinationNumber: to.number,
    protocol,
    ...destinationPort !== undefined && { destinationPort },
  };
}

/** What a packet has there, as text. */
export type TextReader = (packet: ReadPacket) => string | undefined;
/** The same as a number. */
export type NumberReader = (packet: ReadPacket) => bigint | undefined;

/** Undefined: the packet has no such field, so that no rule which reads it applies. */
const texts: Partial<Record<Field, TextReader>> = {
  "ip-saddr": ({ family, source }) => family === 4 ? source : undefined,
  "ip-daddr": ({ family, destination }) => family === 4 ? destination : undefined,
  "ip6-saddr": ({ family, source }) => family === 6 ? source : undefined,
  "ip6-daddr": ({ family, destination }) => family === 6 ? destination : undefined,
  "l4proto": ({ protocol }) => protocol,
  "th-dport": ({ destinationPort }) => destinationPort === undefined ? undefined : String(destinationPort),
};

const numbers: Partial<Record<Field, NumberReader>> = {
  "ip-saddr": ({ family, sourceNumber }) => family === 4 ? sourceNumber : undefined,
  "ip-daddr": ({ family, destinationNumber }) => family === 4 ? destinationNumber : undefined,
  "ip6-saddr": ({ family, sourceNumber }) => family === 6 ? sourceNumber : undefined,
  "ip6-daddr": ({ family, destinationNumber }) => family === 6 ? destinationNumber : undefined,
  "th-dport": ({ destinationPort }) => destinationPort === undefined ? undefined : BigInt(destinationPort),
};

/** @throws {Error} a sentence, for a field that is not known of a packet here */
export function textReader(field: Field): TextReader {
  return texts[field] ?? unknown(field);
}

/** @throws {Error} a sentence, for a field that is not known of a packet here, or is no number */
export function numberReader(field: Field): NumberReader {
  return numbers[field] ?? unknown(field);
}

function unknown(field: Field): never {
  throw new Error(`Cannot judge packets by rules that read ${field} as it is not known here`);
}
