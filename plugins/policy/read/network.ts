// Networks in CIDR notation, and what is taken out of them.

import { isWithin, type Prefix, readAddress, readPrefix } from "../../sdk/prefix.ts";
import { type Place, show } from "./place.ts";
import { isGiven, readList, readText } from "./value.ts";

/** IPv4 addresses in IPv6 notation (RFC 4291, 2.5.5.2): no packet has one of them in it. */
const MAPPED = readPrefix("::ffff:0:0/96")!;

/** A network; bits of a host are dropped, as by Kubernetes. */
export function readNetwork(value: unknown, at: Place): Prefix | undefined {
  const text = readText(value, at);
  if (text === undefined) return undefined;
  const isLong = text.length > LONGEST;
  const prefix = isLong ? undefined : readPrefix(withoutDots(text));
  if (prefix === undefined) {
    at.refuse(`is no network in CIDR notation: ${show(text)}${isLong ? "" : hint(text)}`);
    return undefined;
  }
  if (typeof prefix.first === "number" || !isWithin(prefix, MAPPED)) return prefix;
  at.refuse(`is an IPv4 network in IPv6 notation, which no packet has; write it as IPv4: ${show(text)}`);
  return undefined;
}

/** IPv6 in full, its end in dotted decimal, and a prefix length: no more characters than that. */
const LONGEST = 49;

/** What may be meant. */
function hint(text: string): string {
  if (!text.includes("/") && readAddress(withoutDots(text)) !== undefined) {
    return ` (the address alone is ${text}/${text.includes(":") ? 128 : 32})`;
  }
  return /(?:^|[./])0[0-9]/.test(text) ? " (a number in it begins with 0, which some take for octal)" : "";
}

/** IPv6 whose last 32 bits are in dotted decimal (RFC 4291, 2.2.3) without that; any other text as it is. */
function withoutDots(text: string): string {
  if (!text.includes(":") || !text.includes(".")) return text;
  const slash = text.indexOf("/");
  const end = slash === -1 ? text.length : slash;
  const colon = text.lastIndexOf(":", end) + 1;
  const dotted = readAddress(text.slice(colon, end));
  if (typeof dotted !== "number") return text;
  return `${text.slice(0, colon)}${(dotted >>> 16).toString(16)}:${(dotted & 0xffff).toString(16)}${text.slice(end)}`;
}

/**
 * The networks inside `cidr` that are left out: sorted, none of them inside another.
 *
 * @param cidr undefined where it was refused already
 */
export function readExcept(value: unknown, cidr: Prefix | undefined, at: Place): readonly string[] {
  if (!isGiven(value)) return [];
  const networks = readList(value, at, (item, inside) => {
    const network = readNetwork(item, inside);
    if (network === undefined || cidr === undefined) return network;
    if (isWithin(network, cidr) && network.cidr !== cidr.cidr) return network;
    inside.refuse(`is not a part of cidr, ${cidr.cidr}, without being all of it: ${show(item)}`);
    return undefined;
  });
  return outermost(networks.sort(compare)).map((it) => it.cidr);
}

/** Two networks are one inside the other, or have nothing in common. */
function outermost(sorted: readonly Prefix[]): Prefix[] {
  const kept: Prefix[] = [];
  for (const network of sorted) {
    const last = kept.at(-1);
    if (last === undefined || !isWithin(network, last)) kept.push(network);
  }
  return kept;
}

/** By address; of those that begin with the same one the largest first. */
function compare(one: Prefix, other: Prefix): number {
  if (one.first !== other.first) return one.first < other.first ? -1 : 1;
  return one.last > other.last ? -1 : one.last < other.last ? 1 : 0;
}
