// Addresses and networks of both families without BigInt, which QuickJS is slow at: a controller reads thousands. IPv4 is
// a number; IPv6 its 32 hexadecimal digits as text, which compare as the numbers do.

import { writeIpv4 } from "../ipv4.ts";

/** An address that can be compared with others of its family by `<`. */
export type Address = number | string;

/** A network. */
export interface Prefix {
  /** Its first and last address. */
  readonly first: Address;
  readonly last: Address;
  readonly length: number;
}

/** Reads an address; undefined for a text that is none. An IPv6 one in dotted decimal (RFC 4291, 2.2.3) is none here. */
export function readAddress(text: string): Address | undefined {
  return text.includes(":") ? readIpv6(text) : readIpv4(text);
}

/** Reads a network in CIDR notation; bits of a host are dropped. Undefined for a text that is none. */
export function readPrefix(text: string): Prefix | undefined {
  const slash = text.indexOf("/");
  const address = slash === -1 ? undefined : readAddress(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (address === undefined || !/^(0|[1-9][0-9]{0,2})$/.test(length)) return undefined;
  return typeof address === "number" ? prefixOf4(address, +length) : prefixOf6(address, +length);
}

/** An address as the kernel prints it: dotted decimal, or RFC 5952. */
export function writeAddress(address: Address): string {
  return typeof address === "number" ? writeIpv4(address) : writeIpv6(address);
}

/** A network in CIDR notation. */
export function writePrefix({ first, length }: Prefix): string {
  return `${writeAddress(first)}/${length}`;
}

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

/** As `readIpv4` of the SDK, which remembers what it has read: not thousands. */
function readIpv4(text: string): number | undefined {
  const [a, b, c, d] = text.split(".", 4).map(Number) as [number, number, number, number];
  if (!(a <= 255 && b <= 255 && c <= 255 && d <= 255)) return undefined;
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  return writeIpv4(address) === text ? address : undefined;
}

function prefixOf4(address: number, length: number): Prefix | undefined {
  if (length > 32) return undefined;
  const size = 2 ** (32 - length);
  const first = address - address % size;
  return { first, last: first + size - 1, length };
}

const ZEROS = "0".repeat(32);
const ONES = "f".repeat(32);

function readIpv6(text: string): string | undefined {
  if (text.length > 39 || !/^[0-9a-f:]+$/i.test(text)) return undefined;
  const [head, tail, more] = text.split("::", 3);
  const left = groupsOf(head!);
  if (tail === undefined) return left?.length === 32 ? left : undefined;
  const right = groupsOf(tail);
  if (more !== undefined || left === undefined || right === undefined || left.length + right.length > 28) {
    return undefined;
  }
  return left + ZEROS.slice(left.length + right.length) + right;
}

/** `a:1` to `000a0001`. */
function groupsOf(text: string): string | undefined {
  if (text === "") return "";
  let digits = "";
  for (const group of text.split(":")) {
    if (group === "" || group.length > 4) return undefined;
    digits += group.padStart(4, "0");
  }
  return digits.toLowerCase();
}

function prefixOf6(digits: string, length: number): Prefix | undefined {
  if (length > 128) return undefined;
  const whole = length >> 2;
  const kept = digits.slice(0, whole);
  const bits = length & 3;
  if (bits === 0) return { first: kept + ZEROS.slice(whole), last: kept + ONES.slice(whole), length };
  const digit = parseInt(digits[whole]!, 16);
  const mask = 0xf >> bits;
  const first = kept + (digit & ~mask).toString(16) + ZEROS.slice(whole + 1);
  return { first, last: kept + (digit | mask).toString(16) + ONES.slice(whole + 1), length };
}

/** RFC 5952: no leading zeros, the longest run of two or more zero groups shortened, the first of equals. */
function writeIpv6(digits: string): string {
  const groups = digits.match(/.{4}/g)!.map((group) => group.replace(/^0{1,3}/, ""));
  let [from, longest] = [0, 1];
  for (let at = 0, run = 0; at < 8; at++) {
    run = groups[at] === "0" ? run + 1 : 0;
    if (run > longest) [from, longest] = [at - run + 1, run];
  }
  if (longest < 2) return groups.join(":");
  return `${groups.slice(0, from).join(":")}::${groups.slice(from + longest).join(":")}`;
}
