import { assertEquals } from "@std/assert";
import type { PacketFilter } from "../firewall/packet_filter.ts";
import type { ElementKey } from "../sys/nftables_elements.ts";
import { plannedPacketFilter } from "./packet_filter.ts";

const at = (last: number): ElementKey => ({ family: "inet", set: "masquerade4", key: Uint8Array.of(10, 1, 0, last) });

/** A packet filter that has one chain and one element, and must not be changed. */
const real: PacketFilter = {
  run: () => {
    throw new Error("the kernel was changed");
  },
  change: () => {
    throw new Error("the kernel was changed");
  },
  check: () => {},
  chains: (family) => family === "inet" ? ["postrouting"] : [],
  forwardDrops: () => [{ family: "ip", table: "filter", chain: "FORWARD", reason: "its policy is drop" }],
  countRules: (family, chain) => family === "inet" && chain === "postrouting" ? 2 : 0,
  keys: (family, set) => family === "inet" && set === "masquerade4" ? [at(2).key] : [],
  hasChain: (family, chain) => family === "inet" && chain === "postrouting",
  element: ({ key }) => key[3] === 2 ? { chain: "local4-a" } : undefined,
};

Deno.test("a planned packet filter shows the kernel's through what was changed", () => {
  const filter = plannedPacketFilter(real);
  assertEquals([filter.hasChain("inet", "postrouting"), filter.hasChain("inet", "local4-b")], [true, false]);
  filter.run(["add chain inet cnidaria local4-b", "flush chain inet cnidaria local4-b"], "test");
  filter.change([{ delete: at(2) }, { add: at(3), chain: "local4-b" }], "test");
  assertEquals(filter.hasChain("inet", "local4-b"), true);
  assertEquals([filter.element(at(2)), filter.element(at(3))], [undefined, { chain: "local4-b" }]);
  assertEquals(filter.keys("inet", "masquerade4"), [at(3).key]);
  filter.run(["delete chain inet cnidaria local4-b"], "test");
  assertEquals(filter.hasChain("inet", "local4-b"), false);
});

Deno.test("a table that would be deleted takes the kernel's chains and elements with it, of its family", () => {
  const filter = plannedPacketFilter(real);
  filter.change([{ add: at(3), chain: "local4-b" }], "test");
  filter.run(["delete table bridge cnidaria"], "test");
  assertEquals([filter.hasChain("inet", "postrouting"), filter.element(at(3))], [true, { chain: "local4-b" }]);
  assertEquals(filter.keys("inet", "masquerade4"), [at(2).key, at(3).key]);
  filter.run(["delete table inet cnidaria"], "test");
  assertEquals([filter.hasChain("inet", "postrouting"), filter.element(at(2)), filter.element(at(3))], [
    false,
    undefined,
    undefined,
  ]);
  filter.run(["add chain inet cnidaria postrouting { type nat hook postrouting priority srcnat ; }"], "test");
  assertEquals(filter.hasChain("inet", "postrouting"), true);
});

Deno.test("a packet filter that may not be read is planned as empty", () => {
  const filter = plannedPacketFilter(undefined);
  assertEquals([filter.hasChain("inet", "postrouting"), filter.element(at(2))], [false, undefined]);
});

Deno.test("a planned packet filter counts rules, and lists keys, with what was added and without what was deleted", () => {
  const filter = plannedPacketFilter(real);
  assertEquals([filter.countRules("inet", "postrouting"), filter.countRules("inet", "local4-b")], [2, 0]);
  filter.run(["add chain inet cnidaria local4-b", "add rule inet cnidaria local4-b masquerade"], "test");
  assertEquals(filter.countRules("inet", "local4-b"), 1);
  filter.change([{ delete: at(2) }, { add: at(3), chain: "local4-b" }], "test");
  assertEquals([filter.keys("inet", "masquerade4"), filter.keys("bridge", "x")], [[at(3).key], []]);
});
