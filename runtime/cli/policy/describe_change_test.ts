import { assertEquals } from "@std/assert";
import type { Change } from "cnidaria:cni/nftables@0.3.0";
import { describeChange } from "./describe_change.ts";

const set = { name: "ports", key: ["ipv4-addr" as const, "inet-service" as const], intervals: false, verdicts: false };

Deno.test.each<[string, Change]>([
  ["add set ports of ipv4-addr . inet-service", { tag: "add-set", val: set }],
  ["add verdict map ports of ipv4-addr . inet-service", { tag: "add-set", val: { ...set, verdicts: true } }],
  ["delete set ports", { tag: "delete-set", val: "ports" }],
  ["add to a: 1, 2, 3, 4 and 2 more", {
    tag: "put-elements",
    val: { set: "a", elements: ["1", "2", "3", "4", "5", "6"].map((key) => ({ key })) },
  }],
  ["add to a: 10.0.0.1 to in, 10.0.0.2 to drop", {
    tag: "put-elements",
    val: {
      set: "a",
      elements: [
        { key: "10.0.0.1", verdict: { tag: "jump", val: "in" } },
        { key: "10.0.0.2", verdict: { tag: "drop" } },
      ],
    },
  }],
  ["delete from a: 1", { tag: "delete-elements", val: { set: "a", keys: ["1"] } }],
  ["add counter c", { tag: "add-counter", val: "c" }],
  ["delete counter c", { tag: "delete-counter", val: "c" }],
  ["set chain in to 1 rule", {
    tag: "put-chain",
    val: { name: "in", rules: [{ matches: [], statements: [], comment: "" }] },
  }],
  ["delete chain in", { tag: "delete-chain", val: "in" }],
])("%s", (text, change) => assertEquals(describeChange(change), text));
