// Addresses and networks of both families without BigInt, which QuickJS is slow at: whoever keeps a whole cluster in mind
// reads thousands. IPv4 is a number; IPv6 a string with a character for each of its eight groups. Both compare as the
// addresses do.

import { parseIpv4, writeIpv4 } from "./ipv4.ts";

/** An address that can be compared with others of its family by `<`. */
export type Address = number | string;

/** A network. */
export interface Prefix {
  /** Its first and last address. */
  readonly first: Address;
  readonly last: Address;
  /** Its first address, as the kernel prints it. */
  readonly base: string;
  /** CIDR notation, as the kernel prints it. */
  readonly cidr: string;
}

/** Reads an address; undefined for a text that is none. An IPv6 one in dotted decimal (RFC 4291, 2.2.3) is none here. */
export function readAddress(text: string): Address | undefined {
  return text.includes(":") ? readIpv6(text) : parseIpv4(text);
}

/** Reads a network in CIDR notation; bits of a host are dropped. Undefined for a text that is none. */
export function readPrefix(text: string): Prefix | undefined {
  const slash = text.indexOf("/");
  if (slash === -1) return undefined;
  const given = text.slice(0, slash);
  const address = readAddress(given);
  const digits = text.slice(slash + 1);
  const length = +digits;
  if (address === undefined || `${length}` !== digits || length >>> 0 !== length) return undefined;
  const range = typeof address === "number" ? rangeOf4(address, length) : rangeOf6(address, length);
  if (range === undefined) return undefined;
  const [first, last] = range;
  const base = first === address ? spell(given, address) : writeAddress(first);
  return { first, last, base, cidr: `${base}/${length}` };
}

/** An address as the kernel prints it: dotted decimal, or RFC 5952. */
export function writeAddress(address: Address): string {
  return typeof address === "number" ? writeIpv4(address) : writeIpv6(address);
}

/** As `writeAddress`, in a fifth of the time where `text`, which the address was read from, is that already. */
export function spell(text: string, address: Address): string {
  if (typeof address === "number") return text;
  return NOT_CANONICAL.test(text) || text.includes("::") && text.split(":").length > 7 ? writeIpv6(address) : text;
}

/** Letters in upper case, leading zeros, and zeros that may be in the place of "::" or beside it. May be too strict. */
const NOT_CANONICAL = /[A-F]|(?:^|:)0(?:[0-9a-f]|:0|::)|::0/;

export function isSameFamily(one: Address, other: Address): boolean {
  return typeof one === typeof other;
}

/** Whether all of `inner` is in `outer`. */
export function isWithin(inner: Prefix, outer: Prefix): boolean {
  return isSameFamily(inner.first, outer.first) && outer.first <= inner.first && inner.last <= outer.last;
}

/** Whether the networks have an address in common. */
export function isOverlapping(one: Prefix, other: Prefix): boolean {
  return isSameFamily(one.first, other.first) && one.first <= other.last && other.first <= one.last;
}

export function isAddressIn(address: Address, { first, last }: Prefix): boolean {
  return isSameFamily(address, first) && first <= address && address <= last;
}

function rangeOf4(address: number, length: number): [first: number, last: number] | undefined {
  if (length > 32) return undefined;
  const size = 2 ** (32 - length);
  const first = address - address % size;
  return [first, first + size - 1];
}

const ZEROS = "\0".repeat(8);
const ONES = "\uffff".repeat(8);

function readIpv6(text: string): string | undefined {
  if (!/^[0-9a-f:]{2,39}$/i.test(text)) return undefined;
  const gap = text.indexOf("::");
  if (gap === -1) {
    const all = groupsOf(text);
    return all?.length === 8 ? all : undefined;
  }
  const left = groupsOf(text.slice(0, gap));
  const right = groupsOf(text.slice(gap + 2));
  if (left === undefined || right === undefined || left.length + right.length > 7) return undefined;
  return left + ZEROS.slice(left.length + right.length) + right;
}

/** `a:1` to `\u000a\u0001`. */
function groupsOf(text: string): string | undefined {
  if (text === "") return "";
  let groups = "";
  for (const group of text.split(":")) {
    if (group === "" || group.length > 4) return undefined;
    groups += String.fromCharCode(parseInt(group, 16));
  }
  return groups;
}

function rangeOf6(address: string, length: number): [first: string, last: string] | undefined {
  if (length > 128) return undefined;
  const whole = length >> 4;
  const kept = address.slice(0, whole);
  const bits = length & 15;
  if (bits === 0) return [kept + ZEROS.slice(whole), kept + ONES.slice(whole)];
  const group = address.charCodeAt(whole);
  const mask = 0xffff >> bits;
  const first = kept + String.fromCharCode(group & ~mask) + ZEROS.slice(whole + 1);
  return [first, kept + String.fromCharCode(group | mask) + ONES.slice(whole + 1)];
}

/** RFC 5952: no leading zeros, the longest run of two or more zero groups shortened, the first of equals. */
function writeIpv6(address: string): string {
  let [from, longest, run] = [8, 1, 0];
  for (let at = 0; at < 8; at++) {
    run = address.charCodeAt(at) === 0 ? run + 1 : 0;
    if (run > longest) [from, longest] = [at - run + 1, run];
  }
  if (longest === 1) return hexadecimal(address, 0, 8);
  return `${hexadecimal(address, 0, from)}::${hexadecimal(address, from + longest, 8)}`;
}

function hexadecimal(address: string, from: number, to: number): string {
  let text = "";
  for (let at = from; at < to; at++) text += (at === from ? "" : ":") + address.charCodeAt(at).toString(16);
  return text;
}
