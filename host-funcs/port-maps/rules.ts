// The table of port maps. A map is an element of a hash, not a rule: a packet takes no longer where there are ten thousand
// of them. An ADD does by 60 ns for each: the kernel checks all verdicts that jump when there is a new one.
//
//   table inet cnidaria-ports {
//     map mapped4 { type inet_proto . inet_service : ipv4_addr . inet_service; }                  any address of the node
//     map mapped-at4 { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }   one address of it
//     map marked4 { type inet_proto . inet_service : verdict; }          whose connections to the pod are to be masqueraded
//     map marked-at4 { ... }
//     set localnet { type ifname; }                                      links with route_localnet
//     chain ports4 {
//       ip daddr . meta l4proto . th dport vmap @marked-at4
//       dnat ip to ip daddr . meta l4proto . th dport map @mapped-at4
//       ... the same for any address }
//     chain from4-... { ip saddr { 10.1.0.0/24, 127.0.0.0/8 } meta mark set meta mark | 0x2000; }
//     chain prerouting, chain output { fib daddr type local ... jump ports4; }
//     chain postrouting-13 { ct status dnat meta mark & 0x2000 == 0x2000 ... masquerade; }
//     chain localnet { iifname @localnet ip daddr 127.0.0.0/8 drop; ... }
//   }
//
// Chains of type nat see the first packet of a connection alone. It is marked between two of them, and nowhere else: by
// then its destination does not tell any more whether it was this table or, say, a Service that led it to the pod.

import type { Family } from "../ip_number.ts";
import { fnv128 } from "../firewall/masquerade_rule.ts";
import { tableName } from "../firewall/packet_filter.ts";
import { partsOf } from "./sources.ts";

export const portsTable = `${tableName}-ports`;
const table = `inet ${portsTable}`;

/** Name of the chain for a list of sources: the same list has the same chain, whoever asks. */
export function chainOf(family: Family, sources: string): string {
  return `from${family}-${fnv128(sources)}`;
}

/** How many rules each chain has, by the name of the chain, with those for a list of sources. */
export function ruleCounts(family: Family, sources?: string): [chain: string, rules: number][] {
  const base: [string, number][] = [["prerouting", 2], ["output", 2], ["localnet", 2], [`ports${family}`, 4]];
  if (sources === undefined) return base;
  return [...base, [chainOf(family, sources), 1], [`postrouting-${partsOf(sources).markBit}`, 1]];
}

/** What is there once, for all pods. Can be run again. */
export function baseCommands(): string[] {
  const families = ([4, 6] as const).flatMap((family) => [
    `add map ${table} mapped${family} { type inet_proto . inet_service : ipv${family}_addr . inet_service ; }`,
    `add map ${table} mapped-at${family} ` +
    `{ type ipv${family}_addr . inet_proto . inet_service : ipv${family}_addr . inet_service ; }`,
    `add map ${table} marked${family} { type inet_proto . inet_service : verdict ; }`,
    `add map ${table} marked-at${family} { type ipv${family}_addr . inet_proto . inet_service : verdict ; }`,
    ...chain(`ports${family}`, "", portRules(family)),
  ]);
  const jumps = ([4, 6] as const).map((family) => `meta nfproto ipv${family} fib daddr type local jump ports${family}`);
  return [
    `add table ${table}`,
    `add set ${table} localnet { type ifname ; }`,
    ...families,
    ...chain("prerouting", "type nat hook prerouting priority dstnat ; policy accept ;", jumps),
    ...chain("output", "type nat hook output priority -100 ; policy accept ;", jumps),
    // Before any translation: an answer that is on its way back to 127.0.0.1 has the node's other address still.
    ...chain("localnet", "type filter hook prerouting priority raw ; policy accept ;", [
      "iifname @localnet ip daddr 127.0.0.0/8 drop",
      "iifname @localnet ip saddr 127.0.0.0/8 drop",
    ]),
  ];
}

/** The chains for a list of sources. Can be run again. */
export function sourceCommands(family: Family, sources: string): string[] {
  const { markBit, networks } = partsOf(sources);
  const bit = 2 ** markBit;
  const [mark, rest] = [hex(bit), hex(0xffffffff - bit)];
  const source = family === 4 ? "ip saddr" : "ip6 saddr";
  const all = networks.some((network) => network.endsWith("/0"));
  return [
    ...chain(chainOf(family, sources), "", [
      `${all ? "" : `${source} { ${networks.join(", ")} } `}meta mark set meta mark | ${mark}`,
    ]),
    ...chain(`postrouting-${markBit}`, "type nat hook postrouting priority srcnat ; policy accept ;", [
      `ct status dnat meta mark & ${mark} == ${mark} meta mark set meta mark & ${rest} masquerade`,
    ]),
  ];
}

export function deleteChainCommand(family: Family, sources: string): string {
  return `delete chain ${table} ${chainOf(family, sources)}`;
}

export function deleteTableCommand(): string {
  return `delete table ${table}`;
}

/** One address of the node goes before any of them: `dnat` ends the way through the chain. */
function portRules(family: Family): string[] {
  const ip = family === 4 ? "ip" : "ip6";
  const [one, any] = [`${ip} daddr . meta l4proto . th dport`, "meta l4proto . th dport"];
  return [
    `${one} vmap @marked-at${family}`,
    `dnat ${ip} to ${one} map @mapped-at${family}`,
    `${any} vmap @marked${family}`,
    `dnat ${ip} to ${any} map @mapped${family}`,
  ];
}

function chain(name: string, hook: string, rules: readonly string[]): string[] {
  return [
    `add chain ${table} ${name}${hook === "" ? "" : ` { ${hook} }`}`,
    `flush chain ${table} ${name}`,
    ...rules.map((rule) => `add rule ${table} ${name} ${rule}`),
  ];
}

function hex(number: number): string {
  return `0x${number.toString(16).padStart(8, "0")}`;
}
