import { assert, assertEquals } from "@std/assert";
import type { Change, Datatype } from "cnidaria:cni/nftables@0.3.0";
import { accept, addSet, baseChain, chain, jumpTo, put, rule } from "../testing/changes.ts";
import { kernelTest, must } from "../testing/with_kernel.ts";

kernelTest("chains are hooked where they say", ({ open, read, made }) => {
  const kernel = open();
  const hooks = ["prerouting", "input", "forward", "output", "postrouting"] as const;
  kernel.apply(hooks.map((hook, at): Change => ({
    tag: "put-chain",
    val: { name: hook, base: { hook, priority: at * 100 - 200 }, rules: [] },
  })));
  const text = hooks.map((hook, at) =>
    `add chain % ${hook} { type filter hook ${hook} priority ${at * 100 - 200} ; policy accept ; }`
  );
  assertEquals(read(), made(["add table %", ...text].join("\n")));
  assert(kernel.matches());
});

kernelTest("a comment is shown without what nft could not read again", ({ open, read, nft }) => {
  const kernel = open();
  const comment = 'ClusterNetworkPolicy a "allow\n dns" \\ } ; flush ruleset';
  kernel.apply([baseChain("in", "input", rule([], [accept], comment), rule([], [accept], "ü".repeat(3000)))]);
  const comments = [...read().matchAll(/comment "(.*)"/g)].map(([, text]) => text);
  assertEquals(comments, ["ClusterNetworkPolicy a ?allow? dns? ? ? ? flush ruleset", "?".repeat(120)]);
  // Whoever saves the rules with nft can load them again.
  must(nft, must(nft, "list table inet cnidaria-test").replace("cnidaria-test", "cnidaria-other"));
  assert(kernel.matches());
});

kernelTest("keys and names of the largest size", ({ open, read, made }) => {
  const name = "n".repeat(96);
  const key: Datatype[] = ["ipv6-addr", "ipv6-addr", "ipv6-addr", "inet-service"];
  const elements = Array.from({ length: 3 }, (_, at) => `fd00::${at} . fd00::2 . fd00::3 . ${at}`);
  const kernel = open();
  kernel.apply([
    addSet(name, key),
    put(name, ...elements),
    { tag: "add-counter", val: name },
    chain(
      name,
      rule([], [{ tag: "counter", val: name }, { tag: "log", val: { group: 1, prefix: "p".repeat(120), snaplen: 4 } }]),
    ),
    chain("user", rule([], [jumpTo(name)])),
  ]);
  assertEquals(
    read(),
    made(`add table %
      add set % ${name} { type ipv6_addr . ipv6_addr . ipv6_addr . inet_service ; elements = { ${
      elements.join(", ")
    } } ; }
      add counter % ${name}
      add chain % ${name}
      add rule % ${name} counter name "${name}" log prefix "${"p".repeat(120)}" group 1 snaplen 4
      add chain % user
      add rule % user jump ${name}`),
  );
  assert(kernel.matches());
});
