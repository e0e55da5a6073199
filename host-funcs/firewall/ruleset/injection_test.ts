// Whatever a component writes where it may write words: it is refused, or it is in its own table and says there what it
// said, also to whoever saves the rules with nft and loads them again.

import { assert, assertEquals } from "@std/assert";
import type { Change, Datatype } from "cnidaria:cni/nftables@0.3.0";
import fc from "fast-check";
import { HostCallError } from "../../error.ts";
import { accept, addSet, chain, drop, put, rule } from "./testing/changes.ts";
import { kernelTest, must } from "./testing/with_kernel.ts";

const fragment = fc.oneof(
  fc.constantFrom(..." \t\n\r\0\"'\\{}();:,.#@$%*/|&<>=!~^+-_".split("")),
  fc.constantFrom("flush ruleset", "delete table inet other", "accept", "drop", "jump c", "comment", "elements = {"),
  fc.constantFrom("10.0.0.1", "fd00::1", "02:00:00:00:00:01", "80", "80-90", "tcp", "/8", " . ", "eth0", "include"),
  fc.constantFrom("ä", "\u{1f600}", "\u2028", "\ud800", "x".repeat(130)),
  fc.string({ maxLength: 4 }),
);
const text = fc.array(fragment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(""));
const types: Datatype[] = ["ipv4-addr", "ipv6-addr", "ether-addr", "ifname", "inet-proto", "inet-service"];

kernelTest("no words get out of their place", ({ open, read, made, nft }) => {
  const kernel = open();
  const other = open("other");
  other.apply([addSet("s", ["ipv4-addr"]), put("s", "10.0.0.1"), chain("c", rule([], [drop]))]);
  let accepted = 0;
  const tried = (changes: Change[]) => {
    kernel.remove();
    try {
      kernel.apply(changes);
    } catch (error) {
      assert(error instanceof HostCallError && error.code === "invalid", String(error));
      return;
    }
    accepted++;
    assert(kernel.matches());
    assert(other.matches());
    const saved = must(nft, "list table inet cnidaria-test");
    assertEquals(made(saved.replace("inet cnidaria-test", "%")), read());
  };
  fc.assert(
    fc.property(text, fc.constantFrom(...types), fc.boolean(), (words, type, intervals) => {
      tried([chain("c", rule([], [accept], words))]);
      tried([chain("c", rule([], [{ tag: "log", val: { group: 1, prefix: words, snaplen: 64 } }, drop]))]);
      tried([
        addSet("s", [type], { intervals: intervals && type !== "ifname" && type !== "ether-addr" }),
        put("s", words),
      ]);
      tried([addSet("s", [type, "inet-proto"]), put("s", words)]);
      tried([
        chain("c", rule([{ tag: "one-of", val: { field: "iifname", values: [words], negated: false } }], [drop])),
      ]);
    }),
    { numRuns: 100 },
  );
  assert(accepted > 0);
});

kernelTest("a name is the name of one thing, also where nft has a word of its own for it", ({ open }) => {
  const [kernel, other] = [open(), open("other")];
  other.apply([chain("drop")]);
  for (const name of ["drop", "accept", "jump", "inet", "set", "elements", "type", "a/../b", "a.b-c_d"]) {
    kernel.apply([chain(name), addSet(name, ["ifname"]), { tag: "add-counter", val: name }]);
  }
  assert(kernel.matches());
  assert(other.matches());
  assertEquals(kernel.counters().size, 9);
});
