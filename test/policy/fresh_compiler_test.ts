// However pods change and share addresses, a fresh compiler that is told what the world has makes the table of the one that
// was told of each change.

import { assertEquals } from "@std/assert";
import type { Event } from "cnidaria:cni/policy@0.3.0";
import fc from "fast-check";
import { Ruleset } from "../../host-funcs/firewall/ruleset/ruleset.ts";
import { contentOf } from "../../plugins/policy/plan/testing.ts";
import { policy } from "../../plugins/policy/plugin.ts";
import { World } from "../../runtime/policy/world.ts";

/** The component's module: it is one instance, so one compiler after the other. */
class Told {
  readonly #table = new Ruleset();

  constructor() {
    policy.start({ logPerSecond: 10 });
  }

  tell(events: readonly Event[]): void {
    policy.observe([...events]);
    for (let more = true; more;) {
      const part = policy.plan();
      this.#table.change(part.changes);
      more = part.more;
    }
  }

  get content(): unknown {
    return contentOf(this.#table);
  }
}

const POLICIES: readonly Event[] = [
  { podSelector: { matchLabels: { app: "a" } }, ingress: [{ from: [{ podSelector: { matchLabels: { app: "b" } } }] }] },
  { podSelector: {}, policyTypes: ["Egress"], egress: [{ to: [{ podSelector: {} }], ports: [{ port: "web" }] }] },
].map((spec, at) => ({
  tag: "policy",
  val: { name: { kind: "network-policy", namespace: "n", name: `p${at}` }, spec: JSON.stringify(spec) },
}));

const name = fc.constantFrom("x", "y", "z").map((name) => ({ namespace: "n", name }));
const pod = fc.record({
  name,
  labels: fc.constantFrom("a", "b").map((app): [string, string][] => [["app", app]]),
  addresses: fc.uniqueArray(fc.constantFrom("10.0.0.1", "10.0.0.2", "fd00::1"), { minLength: 1, maxLength: 2 }),
  ports: fc.constantFrom(80, 81).map((port) => [{ name: "web", protocol: "TCP", port }]),
  local: fc.boolean(),
});
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 5, arbitrary: pod.map((val): Event => ({ tag: "pod", val })) },
  name.map((val): Event => ({ tag: "pod-gone", val })),
);

Deno.test("a fresh compiler that is told what the world has makes the same table", () => {
  fc.assert(
    fc.property(fc.array(fc.array(event, { maxLength: 5 }), { maxLength: 8 }), (batches) => {
      const world = new World();
      const followed = new Told();
      for (const batch of [POLICIES, ...batches]) followed.tell(batch.filter((event) => world.take(event)));
      const fresh = new Told();
      fresh.tell(world.all());
      assertEquals(fresh.content, followed.content);
    }),
    { numRuns: Number(Deno.env.get("POLICY_RUNS") ?? 300) },
  );
});
