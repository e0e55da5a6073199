import { assertEquals } from "@std/assert";
import type { Change } from "cnidaria:cni/nftables@0.3.0";
import { accept, addSet, baseChain, chain, drop, jumpTo, put, putVerdict, rule } from "../testing/changes.ts";
import { kernelTest, must } from "../testing/with_kernel.ts";

const content: Change[] = [
  { tag: "add-counter", val: "drops" },
  addSet("peers", ["ipv4-addr"]),
  put("peers", "10.0.0.1", "10.0.0.2"),
  addSet("nets", ["ipv4-addr"], { intervals: true }),
  put("nets", "10.0.0.0/24", "10.0.2.0/24"),
  addSet("spare", ["ipv6-addr"]),
  chain("a", rule([], [{ tag: "counter", val: "drops" }, drop], "deny"), rule([], [accept])),
  chain("spare"),
  addSet("by4", ["ipv4-addr"], { verdicts: true }),
  putVerdict("by4", "10.0.0.1", { tag: "jump", val: "a" }),
  putVerdict("by4", "10.0.0.2", { tag: "drop" }),
  baseChain(
    "forward",
    "forward",
    rule([], [{ tag: "verdict-map", val: { fields: ["ip-saddr"], map: "by4" } }]),
    rule([{ tag: "in-set", val: { fields: ["ip-daddr"], set: "nets", negated: false } }], [drop]),
    rule([{ tag: "in-set", val: { fields: ["ip-daddr"], set: "peers", negated: false } }], [jumpTo("a")]),
  ),
];

/** What someone does with nft; % is the table, # the handle of the first rule of chain a. */
const damages = [
  "flush ruleset",
  "delete table %",
  "delete table %; add table %",
  "flush table %",
  "add table % { flags dormant ; }",
  "add rule % a drop",
  "insert rule % a drop",
  "add rule % spare drop",
  "delete rule % a handle #",
  "replace rule % a handle # accept",
  "flush chain % a",
  "flush chain % forward",
  "add chain % b",
  "add chain % b { type filter hook output priority 0 ; policy drop ; }",
  "delete chain % spare",
  "add chain % forward { policy drop ; }",
  "add element % peers { 10.0.0.3 }",
  "delete element % peers { 10.0.0.1 }",
  "delete element % peers { 10.0.0.1 }; add element % peers { 10.0.0.3 }",
  "flush set % peers",
  "add element % nets { 10.0.9.0/24 }",
  "delete element % nets { 10.0.2.0/24 }",
  "delete element % nets { 10.0.2.0/24 }; add element % nets { 10.0.2.0/25 }",
  "add element % nets { 0.0.0.0/8 }",
  "flush set % nets",
  "delete element % by4 { 10.0.0.1 }",
  "delete element % by4 { 10.0.0.2 }; add element % by4 { 10.0.0.2 : accept }",
  "delete element % by4 { 10.0.0.1 }; add element % by4 { 10.0.0.1 : goto a }",
  "delete element % by4 { 10.0.0.1 }; add element % by4 { 10.0.0.1 : jump spare }",
  "add element % by4 { 10.0.0.3 : accept }",
  "add set % more { type ipv4_addr ; }",
  "delete set % spare",
  "delete set % spare; add set % spare { type ipv4_addr ; }",
  "delete set % spare; add set % spare { type ipv6_addr ; flags interval ; }",
  "delete set % spare; add set % spare { type ipv6_addr ; flags timeout ; timeout 1s ; }",
  "delete set % spare; add map % spare { type ipv6_addr : verdict ; }",
  "add counter % more",
];

for (const damage of damages) {
  kernelTest(`\`nft ${damage}\` is seen, and mended`, ({ open, read, nft }) => {
    const kernel = open();
    kernel.apply(content);
    const before = read();
    assertEquals(kernel.matches(), true);
    const table = "inet cnidaria-test";
    must(nft, damage.replaceAll("%", table).replaceAll("#", handleOf("deny")).replaceAll("; add", "\nadd"));
    assertEquals(kernel.matches(), false);
    kernel.replace(kernel.content);
    assertEquals([read(), kernel.matches()], [before, true]);
  });
}

/** Which only nft itself prints. */
function handleOf(comment: string): string {
  const { stdout } = new Deno.Command("nft", { args: ["-a", "list", "table", "inet", "cnidaria-test"] }).outputSync();
  return new RegExp(`comment "${comment}" # handle (\\d+)`).exec(new TextDecoder().decode(stdout))![1]!;
}

kernelTest("what others have does not matter", ({ open, nft }) => {
  const kernel = open();
  kernel.apply(content);
  must(nft, "add table bridge cnidaria-test\nadd chain bridge cnidaria-test b\nadd counter bridge cnidaria-test c");
  must(
    nft,
    "add table inet cnidaria-other\nadd chain inet cnidaria-other b\nadd set inet cnidaria-other peers { type ipv4_addr ; }",
  );
  assertEquals(kernel.matches(), true);
});
