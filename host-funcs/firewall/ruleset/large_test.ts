// Tables as large as those of a large cluster, each in one transaction.

import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Change } from "cnidaria:cni/nftables@0.3.0";
import { HostCallError } from "../../error.ts";
import { addSet, chain, drop, jumpTo, put, putVerdict, remove, rule } from "./testing/changes.ts";
import { kernelTest, must } from "./testing/with_kernel.ts";

const addresses = (count: number, net = 10) =>
  Array.from({ length: count }, (_, at) => `${net}.${at >> 16}.${at >> 8 & 255}.${at & 255}`);
/** None touches another. */
const networks = (count: number) => addresses(count * 2).filter((_, at) => at % 2 === 0);

kernelTest("50,000 elements, and what someone else does to them", ({ open, nft }) => {
  const kernel = open();
  kernel.apply([
    addSet("s", ["ipv4-addr"]),
    put("s", ...addresses(50_000)),
    addSet("nets", ["ipv4-addr"], { intervals: true }),
    put("nets", ...networks(10_000)),
    chain("c"),
    addSet("m", ["ipv4-addr"], { verdicts: true }),
    {
      tag: "put-elements",
      val: { set: "m", elements: addresses(10_000).map((key) => ({ key, verdict: { tag: "jump", val: "c" } })) },
    },
  ]);
  assert(kernel.matches());
  const [last] = addresses(50_000).slice(-1);
  must(nft, `delete element inet cnidaria-test s { ${last} }`);
  assertEquals(kernel.matches(), false);
  kernel.replace(kernel.content);
  assert(kernel.matches());
  kernel.apply([
    remove("s", ...addresses(50_000)),
    remove("nets", ...networks(10_000)),
    putVerdict("m", "10.0.0.9", {
      tag: "drop",
    }),
  ]);
  assert(kernel.matches());
  assertEquals(must(nft, "list set inet cnidaria-test s").includes("elements"), false);
  // Each message of this is refused, as there is no table: more answers than the socket has room for.
  must(nft, "delete table inet cnidaria-test");
  const parts = addresses(5000, 11).map((key) => put("s", key));
  assertEquals(kernel.apply(parts).repaired, true);
  assert(kernel.matches());
});

kernelTest("10,000 rules in a chain, and in 1,000 chains", ({ open, nft }) => {
  const kernel = open();
  const rules = addresses(10_000).map((address) =>
    rule([{ tag: "one-of", val: { field: "ip-saddr", values: [address], negated: false } }], [drop])
  );
  kernel.apply([chain("first", ...rules)]);
  assert(kernel.matches());
  assertEquals(must(nft, "list chain inet cnidaria-test first").match(/ drop$/gm)?.length, 10_000);
  const chains = Array.from({ length: 1000 }, (_, at) => chain(`c${at}`, ...rules.slice(at * 10, at * 10 + 10)));
  kernel.apply([...chains, chain("first", ...chains.map((_, at) => rule([], [jumpTo(`c${at}`)])))]);
  assert(kernel.matches());
  kernel.replace(kernel.content);
  assert(kernel.matches());
});

kernelTest("one value among 10,000 of a rule", ({ open, nft }) => {
  const kernel = open();
  const values = networks(10_000);
  kernel.apply([
    chain("c", rule([{ tag: "one-of", val: { field: "ip-saddr", values, negated: true } }], [drop])),
    chain(
      "d",
      rule([{
        tag: "one-of",
        val: { field: "ip-saddr", values: [...values.slice(1), "11.0.0.0/8"], negated: false },
      }], [drop]),
    ),
  ]);
  assert(kernel.matches());
  const listed = must(nft, "list table inet cnidaria-test");
  assertEquals(listed.match(/10\.\d+\.\d+\.\d+/g)?.length, 19_999);
});

kernelTest("what is too much is refused before the kernel hears of it", ({ open }) => {
  const kernel = open();
  const rules = Array.from({ length: 10_001 }, () => rule([], [drop]));
  assertThrows(() => kernel.apply([chain("c", ...rules)]), HostCallError, "it has more than 10000 rules");
  const counters = Array.from({ length: 100_001 }, (_, at): Change => ({ tag: "add-counter", val: `n${at}` }));
  assertThrows(() => kernel.apply(counters), HostCallError, "it can have no more");
  assertEquals(kernel.content.counters.size, 0);
});
