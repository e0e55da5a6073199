import { assertEquals, assertThrows } from "@std/assert";
import { Evaluator } from "./evaluate.ts";
import { explain, type Parties, partyOf } from "./explain.ts";
import { tableOf } from "./testing.ts";

const pod = (name: string, addresses: string[], node: string, local = true) => ({
  namespace: "shop",
  name,
  addresses,
  ports: [],
  local,
  node,
});
const PARTIES: Parties = {
  pods: [
    pod("web", ["10.0.0.1", "fd00::1"], "n1"),
    pod("db", ["10.0.0.2", "fd00::2"], "n1"),
    pod("far", ["10.0.1.1"], "n2", false),
  ],
  nodes: [{ name: "n1", addresses: ["192.0.2.1"] }, { name: "n2", addresses: ["192.0.2.2"] }],
};
const evaluator = new Evaluator(tableOf({
  egress: { "10.0.0.1": ["out", "return"], "fd00::1": ["closed", "drop"] },
  ingress: { "10.0.0.2": ["in", "return"] },
}));

function told(from: string, to: string) {
  return explain(evaluator, partyOf(from, PARTIES), partyOf(to, PARTIES), "tcp", 80)
    .map(({ family, allowed, egress, ingress }) => [
      family,
      allowed,
      `${egress.verdict}: ${egress.rule ?? egress.why}`,
      `${ingress.verdict}: ${ingress.rule ?? ingress.why}`,
    ]);
}

Deno.test("each family is told by itself, and each side with its rule", () => {
  assertEquals(told("shop/web", "shop/db"), [
    [4, true, "allowed: out", "allowed: in"],
    [6, false, "denied: closed", "allowed: no policy selects shop/db"],
  ]);
  assertEquals(told("shop/web", "shop/web"), [
    [4, true, "allowed: a pod reaches itself", "allowed: a pod reaches itself"],
    [6, true, "allowed: a pod reaches itself", "allowed: a pod reaches itself"],
  ]);
});

Deno.test("an address is the pod that has it, and else judged by the other side alone", () => {
  assertEquals(told("FD00:0::1", "shop/db"), [[
    6,
    false,
    "denied: closed",
    "allowed: no policy selects shop/db",
  ]]);
  assertEquals(told("198.51.100.7", "shop/db"), [[4, true, "not-judged: 198.51.100.7 is no pod", "allowed: in"]]);
  assertEquals(told("fd00::99", "10.0.0.2"), []);
});

Deno.test("what another node judges is not told", () => {
  assertEquals(told("shop/web", "shop/far"), [[
    4,
    true,
    "allowed: out",
    "not-judged: shop/far is on another node, whose agent judges this",
  ]]);
});

Deno.test("between a node and its own pods nothing is judged; another node is judged", () => {
  const within = "not-judged: nothing is between a node and its own pods";
  assertEquals(told("192.0.2.1", "shop/db"), [[4, true, within, within]]);
  assertEquals(told("192.0.2.2", "shop/db"), [[4, true, "not-judged: 192.0.2.2 is no pod", "allowed: in"]]);
});

Deno.test("who is neither a pod nor an address is told", () => {
  assertThrows(() => partyOf("shop/gone", PARTIES), Error, "Cannot find a pod shop/gone that has an address");
  assertThrows(() => partyOf("web", PARTIES), Error, "expected NAMESPACE/POD, or an address");
});
