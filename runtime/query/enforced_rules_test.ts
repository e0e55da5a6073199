import { assertEquals, assertRejects } from "@std/assert";
import type { EnforcedPolicies } from "../policy/enforced.ts";
import type { PolicyStatus } from "../policy/policy_status.ts";
import { toJson } from "../policy/ruleset_json.ts";
import { tableOf } from "../policy/testing.ts";
import { EnforcedRules, readyRules } from "./enforced_rules.ts";

const pod = (name: string, local: boolean) => ({ namespace: "shop", name, addresses: [], ports: [], local });
const ENFORCED: EnforcedPolicies = {
  node: "n1",
  addresses: ["192.0.2.1"],
  content: toJson(tableOf({})),
  pods: [pod("web", true), pod("far", false), pod("db", true)],
};
const status = (localPods: number) => ({ localPods, inForce: true, objects: {} }) as unknown as PolicyStatus;

Deno.test("rules are read again when the status is another, or some seconds have gone", async () => {
  let reads = 0;
  const rules = new EnforcedRules(() => Promise.resolve(++reads === 3 ? undefined : ENFORCED));
  const first = await rules.current(status(1), 0);
  assertEquals([await rules.current(status(1), 4_000) === first, reads], [true, 1]);
  assertEquals([await rules.current(status(2), 4_000) === first, reads], [false, 2]);
  assertEquals([await rules.current(status(2), 10_000), reads], [undefined, 3]);
});

Deno.test("those who ask at once share a reading, and a failure is not kept", async () => {
  let reads = 0;
  const rules = new EnforcedRules(() => ++reads === 1 ? Promise.reject(new Error("no")) : Promise.resolve(ENFORCED));
  await assertRejects(() => rules.current(status(1), 0), Error, "no");
  const [one, other] = await Promise.all([rules.current(status(1), 0), rules.current(status(1), 0)]);
  assertEquals([one === other, reads], [true, 2]);
});

Deno.test("pods that are judged here are on this node, and sorted", () => {
  const { local, pods, nodes } = readyRules(ENFORCED);
  assertEquals(local.map(({ name, node }) => [name, node]), [["db", "n1"], ["web", "n1"]]);
  assertEquals(pods.map(({ node }) => node), ["n1", undefined, "n1"]);
  assertEquals(nodes, [{ name: "n1", addresses: ["192.0.2.1"] }]);
});
