// Each kind of match, statement and key as nft reads it: compared with what nft makes of the words beside it.

import { assert, assertEquals } from "@std/assert";
import type { Change, Field, Match, Statement } from "cnidaria:cni/nftables@0.3.0";
import { accept, addSet, chain, drop, jumpTo, put, putVerdict, rule } from "../testing/changes.ts";
import { kernelTest } from "../testing/with_kernel.ts";

const sets: Change[] = [
  addSet("v4", ["ipv4-addr"]),
  put("v4", "10.0.0.1", "255.255.255.255", "0.0.0.0"),
  addSet("nets4", ["ipv4-addr"], { intervals: true }),
  put("nets4", "0.0.0.0/8", "10.0.0.1-10.0.0.9", "10.0.0.10", "255.0.0.0/8"),
  addSet("nets6", ["ipv6-addr"], { intervals: true }),
  put("nets6", "::/8", "fd00::5", "fd00:1::/32", "ff00::/8"),
  addSet("ports", ["inet-service"], { intervals: true }),
  put("ports", "0-22", "443", "65535"),
  addSet("protocols", ["inet-proto"], { intervals: true }),
  put("protocols", "1-5", "tcp", "250-255"),
  addSet("macs", ["ether-addr"]),
  put("macs", "02:00:00:00:00:ff"),
  addSet("links", ["ifname"]),
  put("links", "eth0", "a-fifteen-chars"),
  addSet("named4", ["ipv4-addr", "inet-proto", "inet-service"]),
  put("named4", "10.0.0.1 . tcp . 80", "10.0.0.1 . sctp . 65535", "10.0.0.2 . 47 . 0"),
  addSet("pairs6", ["ipv6-addr", "ipv6-addr"]),
  put("pairs6", "fd00::1 . fd00::1"),
  addSet("mixed", ["ifname", "ether-addr", "inet-service"]),
  put("mixed", "eth0 . 02:00:00:00:00:01 . 53"),
  chain("far", rule([], [accept])),
  addSet("by4", ["ipv4-addr"], { verdicts: true }),
  ...(["accept", "drop", "return"] as const).map((tag, at) => putVerdict("by4", `10.0.0.${at}`, { tag })),
  putVerdict("by4", "10.0.0.8", { tag: "jump", val: "far" }),
  putVerdict("by4", "10.0.0.9", { tag: "goto", val: "far" }),
  addSet("by6", ["ipv6-addr", "inet-proto"], { verdicts: true }),
  putVerdict("by6", "fd00::1 . udp", { tag: "drop" }),
  { tag: "add-counter", val: "drops" },
];

const setsText = `
add table %
add set % v4 { type ipv4_addr ; elements = { 10.0.0.1, 255.255.255.255, 0.0.0.0 } ; }
add set % nets4 { type ipv4_addr ; flags interval ; elements = { 0.0.0.0/8, 10.0.0.1-10.0.0.9, 10.0.0.10, 255.0.0.0/8 } ; }
add set % nets6 { type ipv6_addr ; flags interval ; elements = { ::/8, fd00::5, fd00:1::/32, ff00::/8 } ; }
add set % ports { type inet_service ; flags interval ; elements = { 0-22, 443, 65535 } ; }
add set % protocols { type inet_proto ; flags interval ; elements = { 1-5, 6, 250-255 } ; }
add set % macs { type ether_addr ; elements = { 02:00:00:00:00:ff } ; }
add set % links { type ifname ; elements = { "eth0", "a-fifteen-chars" } ; }
add set % named4 { type ipv4_addr . inet_proto . inet_service ; elements = { 10.0.0.1 . 6 . 80, 10.0.0.1 . 132 . 65535, 10.0.0.2 . 47 . 0 } ; }
add set % pairs6 { type ipv6_addr . ipv6_addr ; elements = { fd00::1 . fd00::1 } ; }
add set % mixed { type ifname . ether_addr . inet_service ; elements = { "eth0" . 02:00:00:00:00:01 . 53 } ; }
add chain % far
add rule % far accept
add map % by4 { type ipv4_addr : verdict ; }
add element % by4 { 10.0.0.0 : accept, 10.0.0.1 : drop, 10.0.0.2 : return, 10.0.0.8 : jump far, 10.0.0.9 : goto far }
add map % by6 { type ipv6_addr . inet_proto : verdict ; elements = { fd00::1 . udp : drop } ; }
add counter % drops
`;

function oneOf(field: Field, ...values: string[]): Match {
  return { tag: "one-of", val: { field, values, negated: false } };
}

function noneOf(field: Field, ...values: string[]): Match {
  return { tag: "one-of", val: { field, values, negated: true } };
}

function inSet(set: string, fields: Field[], negated = false): Match {
  return { tag: "in-set", val: { fields, set, negated } };
}

function vmap(map: string, ...fields: Field[]): Statement {
  return { tag: "verdict-map", val: { fields, map } };
}

function log(group: number, prefix: string, snaplen: number): Statement {
  return { tag: "log", val: { group, prefix, snaplen } };
}

const states: Match = { tag: "connection", val: ["established", "related"] };
const icmpv6 = (...types: number[]): Match => ({ tag: "icmpv6-type", val: new Uint8Array(types) });

const rules: readonly (readonly [matches: Match[], statements: Statement[], nft: string])[] = [
  [[], [accept], "accept"],
  [[], [drop], "drop"],
  [[], [{ tag: "verdict", val: { tag: "return" } }], "return"],
  [[], [jumpTo("far")], "jump far"],
  [[], [{ tag: "verdict", val: { tag: "goto", val: "far" } }], "goto far"],
  [[], [{ tag: "counter", val: "drops" }, drop], 'counter name "drops" drop'],
  [[], [log(100, "egress/a 3", 128), drop], 'log prefix "egress/a 3" group 100 snaplen 128 drop'],
  [[], [log(65535, "", 0)], "log group 65535 snaplen 0"],
  [[], [vmap("by4", "ip-saddr")], "ip saddr vmap @by4"],
  [[], [vmap("by6", "ip6-daddr", "l4proto")], "ip6 daddr . meta l4proto vmap @by6"],
  [[inSet("v4", ["ip-saddr"])], [drop], "ip saddr @v4 drop"],
  [[inSet("v4", ["ip-daddr"], true)], [drop], "ip daddr != @v4 drop"],
  [[inSet("nets4", ["ip-daddr"])], [drop], "ip daddr @nets4 drop"],
  [[inSet("nets6", ["ip6-saddr"])], [drop], "ip6 saddr @nets6 drop"],
  [[inSet("ports", ["th-sport"])], [drop], "th sport @ports drop"],
  [[inSet("protocols", ["l4proto"], true)], [drop], "meta l4proto != @protocols drop"],
  [[inSet("macs", ["ether-saddr"])], [drop], "ether saddr @macs drop"],
  [[inSet("links", ["iifname"])], [drop], "iifname @links drop"],
  [[inSet("links", ["oifname"], true)], [drop], "oifname != @links drop"],
  [[inSet("named4", ["ip-daddr", "l4proto", "th-dport"])], [drop], "ip daddr . meta l4proto . th dport @named4 drop"],
  [[inSet("pairs6", ["ip6-saddr", "ip6-daddr"])], [accept], "ip6 saddr . ip6 daddr @pairs6 accept"],
  [[inSet("mixed", ["iifname", "ether-daddr", "th-dport"])], [drop], "iifname . ether daddr . th dport @mixed drop"],
  [[oneOf("ip-saddr", "10.0.0.1")], [drop], "ip saddr 10.0.0.1 drop"],
  [[oneOf("ip-daddr", "10.0.0.0/8")], [drop], "ip daddr 10.0.0.0/8 drop"],
  [[oneOf("ip-daddr", "10.0.0.0/13")], [drop], "ip daddr 10.0.0.0/13 drop"],
  [[noneOf("ip-daddr", "10.0.0.1-10.0.0.9")], [drop], "ip daddr != 10.0.0.1-10.0.0.9 drop"],
  [[oneOf("ip-saddr", "10.0.0.1", "11.0.0.0/8")], [drop], "ip saddr { 10.0.0.1, 11.0.0.0/8 } drop"],
  [[noneOf("ip-saddr", "10.0.0.1", "10.0.0.3")], [drop], "ip saddr != { 10.0.0.1, 10.0.0.3 } drop"],
  [[oneOf("ip6-saddr", "fd00::1")], [drop], "ip6 saddr fd00::1 drop"],
  [[noneOf("ip6-daddr", "fd00::/61")], [drop], "ip6 daddr != fd00::/61 drop"],
  [[oneOf("ip6-daddr", "fd00::1-fd00::5")], [drop], "ip6 daddr fd00::1-fd00::5 drop"],
  [[oneOf("ether-saddr", "02:00:00:00:00:01")], [drop], "ether saddr 02:00:00:00:00:01 drop"],
  [
    [noneOf("ether-daddr", "02:00:00:00:00:01", "02:00:00:00:00:02")],
    [drop],
    "ether daddr != { 02:00:00:00:00:01, 02:00:00:00:00:02 } drop",
  ],
  [[oneOf("iifname", "eth0")], [drop], 'iifname "eth0" drop'],
  [[noneOf("oifname", "eth0", "lo")], [drop], 'oifname != { "eth0", "lo" } drop'],
  [[oneOf("l4proto", "tcp")], [drop], "meta l4proto tcp drop"],
  [[oneOf("l4proto", "tcp", "udp", "sctp")], [drop], "meta l4proto { tcp, udp, sctp } drop"],
  [[oneOf("l4proto", "47-50")], [drop], "meta l4proto 47-50 drop"],
  [[oneOf("th-dport", "80")], [drop], "th dport 80 drop"],
  [[oneOf("th-sport", "80-90")], [drop], "th sport 80-90 drop"],
  [[noneOf("th-dport", "80-90", "443")], [drop], "th dport != { 80-90, 443 } drop"],
  [[oneOf("th-dport", "1-10", "5-20", "21", "23")], [drop], "th dport { 1-21, 23 } drop"],
  [[oneOf("l4proto", "tcp"), oneOf("th-dport", "80")], [drop], "meta l4proto tcp th dport 80 drop"],
  [[states], [accept], "ct state established,related accept"],
  [[{ tag: "connection", val: ["new"] }], [drop], "ct state new drop"],
  [[{ tag: "connection", val: ["invalid", "new"] }], [drop], "ct state invalid,new drop"],
  [[icmpv6(135, 136)], [accept], "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept"],
  [[icmpv6(1)], [accept], "icmpv6 type destination-unreachable accept"],
  [
    [{ tag: "at-most", val: 10 }],
    [log(1, "x", 64)],
    'limit rate 10/second burst 10 packets log prefix "x" group 1 snaplen 64',
  ],
  [[inSet("v4", ["ip-saddr"]), oneOf("ip-daddr", "10.0.0.7")], [drop], "ip saddr @v4 ip daddr 10.0.0.7 drop"],
];

for (const family of ["inet", "bridge"] as const) {
  kernelTest(
    `${family}: every match, statement and type of key is what nft makes of the same`,
    ({ open, read, made }) => {
      const kernel = open("test", family);
      // Not every kernel has what tracks a bridge's connections.
      const known = rules.filter(([matches]) => family === "inet" || !matches.some(({ tag }) => tag === "connection"));
      const chains = known.map(([matches, statements], at) => chain(`c${at}`, rule(matches, statements)));
      kernel.apply([...sets, ...chains]);
      const text = known.map(([, , nft], at) => `add chain % c${at}\nadd rule % c${at} ${nft}`).join("\n");
      assertEquals(read(`${family} cnidaria-test`), made(setsText + text, family));
      assert(kernel.matches());
    },
  );
}
