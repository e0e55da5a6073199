// Values of nftables' datatypes: read strictly, and formatted again, so that one value has one text. As the kernel has
// them they are strings here, a character for each byte: these compare as the bytes do, and cost little.

import type { Datatype } from "cnidaria:cni/nftables@0.3.0";
import { formatAddress, parseAddress, versionOf } from "../../sys/ip_address.ts";

/** What lies from `first` to `last`; a single value where these are the same. */
export interface Span {
  /** In canonical form: a range that is a network, as such. */
  readonly text: string;
  readonly first: string;
  readonly last: string;
}

/** Bytes of a value. */
export const lengths: Readonly<Record<Datatype, number>> = {
  "ipv4-addr": 4,
  "ipv6-addr": 16,
  "ether-addr": 6,
  "ifname": 16,
  "inet-proto": 1,
  "inet-service": 2,
};

/** Protocol numbers (IANA) that have a name here. */
const protocols = new Map([["icmp", 1], ["tcp", 6], ["udp", 17], ["icmpv6", 58], ["sctp", 132]]);
const protocolNames = new Map([...protocols].map(([name, number]) => [number, name]));

const NUMBER = /^(?:0|[1-9][0-9]{0,4})$/;
const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i;
/** What the kernel takes, without what a shell or nft would see more in. */
const LINK = /^[A-Za-z0-9_@+=,~^%#.-][A-Za-z0-9_@+=,~^%#.:-]{0,14}$/;

const readers: Readonly<Record<Datatype, (text: string) => Span | undefined>> = {
  // A text that passes is canonical.
  "ipv4-addr": (text) => versionOf(text) === 4 ? single(text, ipv4Bytes(text)) : undefined,
  "ipv6-addr": (text) => ipv6.get(text) ?? (versionOf(text) === 6 ? readIpv6(text) : undefined),
  "ether-addr": (text) => {
    if (!MAC.test(text)) return undefined;
    const bytes = text.split(":").map((pair) => Number.parseInt(pair, 16));
    return single(text.toLowerCase(), String.fromCharCode(...bytes));
  },
  "ifname": (text) =>
    LINK.test(text) && text !== "." && text !== ".." ? single(text, text.padEnd(16, "\0")) : undefined,
  "inet-proto": (text) => {
    const number = protocols.get(text) ?? (NUMBER.test(text) ? Number(text) : 256);
    return number > 255 ? undefined : single(protocolNames.get(number) ?? text, String.fromCharCode(number));
  },
  "inet-service": (text) => {
    const number = NUMBER.test(text) ? Number(text) : 65536;
    return number > 65535 ? undefined : single(text, String.fromCharCode(number >> 8, number & 0xff));
  },
};

/** IPv6 addresses cost the most to read, and one pod's is read for each set that it is in. */
const MOST_REMEMBERED = 8192;
const ipv6 = new Map<string, Span>();

function readIpv6(text: string): Span {
  if (ipv6.size >= MOST_REMEMBERED) ipv6.clear();
  const { bytes } = parseAddress(text);
  const value = single(formatAddress(bytes), latin1(bytes));
  ipv6.set(text, value);
  return value;
}

/** Of a text that is an address. */
function ipv4Bytes(text: string): string {
  let [bytes, number] = ["", 0];
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit >= 0) number = number * 10 + digit;
    else {
      bytes += String.fromCharCode(number);
      number = 0;
    }
  }
  return bytes + String.fromCharCode(number);
}

/** One value; undefined for what is none. */
export function parseValue(type: Datatype, text: string): Span | undefined {
  return readers[type](text);
}

/** One value, a network, or a range; undefined for what is none of these. */
export function parseSpan(type: Datatype, text: string): Span | undefined {
  return parseValue(type, text) ?? parseNetwork(type, text) ?? parseRange(type, text);
}

function parseNetwork(type: Datatype, text: string): Span | undefined {
  if (!isAddress(type)) return undefined;
  const slash = text.indexOf("/");
  const length = text.slice(slash + 1);
  const address = slash < 0 || !NUMBER.test(length) ? undefined : parseValue(type, text.slice(0, slash));
  const prefix = Number(length);
  if (address === undefined || prefix > lengths[type] * 8) return undefined;
  const [first, last] = [latin1(masked(address.first, prefix, 0)), latin1(masked(address.first, prefix, 0xff))];
  return span(type, first, last);
}

function parseRange(type: Datatype, text: string): Span | undefined {
  const dash = text.indexOf("-");
  if (dash < 0 || type === "ether-addr" || type === "ifname") return undefined;
  const [from, to] = [parseValue(type, text.slice(0, dash)), parseValue(type, text.slice(dash + 1))];
  if (from === undefined || to === undefined || from.first > to.first) return undefined;
  return span(type, from.first, to.first);
}

/** The values from `first` to `last`, in canonical form. */
export function span(type: Datatype, first: string, last: string): Span {
  const text = formatValue(type, first);
  if (first === last) return { text, first, last };
  const prefix = isAddress(type) ? prefixOf(first, last) : undefined;
  return { text: prefix === undefined ? `${text}-${formatValue(type, last)}` : `${text}/${prefix}`, first, last };
}

/** How many bits all from `first` to `last` begin with, where these are just the values that begin so. */
export function prefixOf(first: string, last: string): number | undefined {
  let prefix = 0;
  while (prefix < first.length * 8 && bitAt(first, prefix) === bitAt(last, prefix)) prefix++;
  const isNetwork = latin1(masked(first, prefix, 0)) === first && latin1(masked(first, prefix, 0xff)) === last;
  return isNetwork ? prefix : undefined;
}

function formatValue(type: Datatype, value: string): string {
  if (isAddress(type)) return formatAddress(bytesOf(value));
  const number = [...bytesOf(value)].reduce((sum, byte) => sum * 256 + byte, 0);
  return type === "inet-proto" ? protocolNames.get(number) ?? String(number) : String(number);
}

/** With the bits after the prefix all as those of `fill`. */
function masked(value: string, prefix: number, fill: number): Uint8Array {
  return bytesOf(value).map((byte, at) => {
    const mask = 0xff00 >> Math.min(8, Math.max(0, prefix - at * 8)) & 0xff;
    return byte & mask | fill & ~mask & 0xff;
  });
}

function bitAt(value: string, at: number): number {
  return value.charCodeAt(at >> 3) >> (7 - (at & 7)) & 1;
}

function isAddress(type: Datatype): boolean {
  return type === "ipv4-addr" || type === "ipv6-addr";
}

function single(text: string, value: string): Span {
  return { text, first: value, last: value };
}

export function bytesOf(value: string): Uint8Array {
  const bytes = new Uint8Array(value.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = value.charCodeAt(at);
  return bytes;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
