// Networks of a plugin's grants: literal, or what tokens stand for in one call.
//
// `10.0.0.0/8` is itself. `${ipam}` is the networks of the attachment's addresses, and of their gateways where those lie
// elsewhere; `${ips}` is those addresses alone. `${config.KEY}` is every string in that part of the network configuration that is CIDR notation. A token
// never stands for a whole family: only `0.0.0.0/0` and `::/0`, written out, do.

import type { ResultIp } from "cnidaria:cni/types@0.3.0";
import { bitsOf, formatNetwork, type IpNetwork, parseAddress, parseNetwork } from "../../../host-funcs/ip_number.ts";
import { configValue } from "../pattern.ts";

/** What the tokens stand for. */
export interface NetworkScope {
  readonly config: Readonly<Record<string, unknown>>;
  /** The attachment's addresses: those that an IPAM plugin gave in this call, of prevResult, and of the ledger. */
  ips(): readonly ResultIp[];
}

/** The networks that entries of the grants stand for. */
export function grantedNetworks(entries: readonly string[], scope: NetworkScope): IpNetwork[] {
  return entries.flatMap((entry) => {
    const token = /^\$\{(.*)\}$/.exec(entry)?.[1];
    if (token === undefined) return parseNetwork(entry) ?? [];
    if (token === "ips") return scope.ips().flatMap(({ address }) => single(address.replace(/\/.*$/, "")) ?? []);
    const texts = token === "ipam" ? scope.ips().flatMap(cidrsOf) : stringsIn(configValue(token, scope.config));
    return texts.map(parseNetwork).filter((it) => it !== undefined && it.prefix > 0) as IpNetwork[];
  });
}

/** Whether all of a network lies in one of the others. */
export function isCovered(inner: IpNetwork, granted: readonly IpNetwork[]): boolean {
  return granted.some((it) => it.family === inner.family && it.first <= inner.first && inner.last <= it.last);
}

/** A network that holds one address alone; undefined if the text is none. */
export function single(address: string): IpNetwork | undefined {
  const parsed = parseAddress(address);
  if (parsed === undefined) return undefined;
  const { family, number } = parsed;
  return { family, first: number, last: number, prefix: bitsOf(family) };
}

/** `["${ipam}"], which is 10.1.0.0/24 in this call`, for messages. */
export function describeNetworks(entries: readonly string[], scope: NetworkScope): string {
  const written = JSON.stringify(entries);
  if (!entries.some((entry) => entry.startsWith("$"))) return written;
  const here = [...new Set(grantedNetworks(entries, scope).map(formatNetwork))];
  return `${written}, which is ${here.length === 0 ? "no network" : here.join(", ")} in this call`;
}

/** A bridge gets its gateway's address with the prefix length of the container's. */
function cidrsOf({ address, gateway }: ResultIp): string[] {
  return gateway === undefined ? [address] : [address, `${gateway}${address.slice(address.indexOf("/"))}`];
}

function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}
