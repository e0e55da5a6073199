// However events and plans alternate, the table is the one that a single plan of what there is in the end makes.

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { clusterPolicy, contentOf, networkPolicy, Planned, podName } from "./testing.ts";

type Step = (world: Planned) => void;
/** `undefined`: what has this key is gone. `moves`: comes after all others when this differs. */
interface Event {
  readonly key: string;
  readonly set: Step | undefined;
  readonly gone: Step;
  readonly moves?: string;
}

const labels = fc.dictionary(fc.constantFrom("app", "tier"), fc.constantFrom("a", "b"), { maxKeys: 2 });
const namespaces = fc.constantFrom("one", "two", "three");
const addresses = fc.uniqueArray(fc.constantFrom("10.0.0.1", "10.0.0.2", "10.0.0.3", "fd00::1", "fd00::2"), {
  maxLength: 3,
});
const port = fc.record({
  name: fc.constantFrom("web", "dns"),
  protocol: fc.constantFrom("TCP", "UDP"),
  port: fc.constantFrom(53, 80),
});
const selector = labels.map((matchLabels) => ({ matchLabels }));
const rulePorts = fc.subarray<object>([{ port: "web" }, { port: "dns", protocol: "UDP" }, { port: 80, endPort: 90 }]);
const pods = fc.record({ podSelector: selector, namespaceSelector: selector }, { requiredKeys: ["podSelector"] });
const block = fc.constantFrom("10.0.0.0/8", "10.1.0.0/16", "fd00::/8").map((cidr) => ({ ipBlock: { cidr } }));
const peers = fc.array(fc.oneof(pods, block), { maxLength: 2 });

const network = fc.record({
  podSelector: selector,
  policyTypes: fc.subarray(["Ingress", "Egress"], { minLength: 1 }),
  ingress: fc.array(fc.record({ from: peers, ports: rulePorts }), { maxLength: 2 }),
  egress: fc.array(fc.record({ to: peers, ports: rulePorts }), { maxLength: 2 }),
});
const clusterPeer = fc.oneof(
  selector.map((namespaces) => ({ namespaces })),
  selector.map((podSelector) => ({ pods: { podSelector } })),
);
const action = fc.constantFrom("Accept", "Deny", "Pass");
const clusterRule = <Key extends string>(key: Key, peer: fc.Arbitrary<object>) =>
  fc.tuple(action, fc.array(peer, { minLength: 1, maxLength: 2 })).map(([action, of]) => ({ action, [key]: of }));
const cluster = fc.record({
  tier: fc.constantFrom("Admin", "Baseline"),
  priority: fc.constantFrom(1, 2),
  subject: clusterPeer,
  ingress: fc.array(clusterRule("from", clusterPeer), { maxLength: 2 }),
  egress: fc.array(clusterRule("to", fc.oneof(clusterPeer, selector.map((nodes) => ({ nodes })))), { maxLength: 2 }),
});

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 4 });
const events: fc.Arbitrary<Event> = fc.oneof(
  fc.tuple(namespaces, optional(labels)).map(([name, labels]): Event => ({
    key: `namespace ${name}`,
    set: labels && ((world) => world.namespace(name, labels)),
    gone: ({ planner }) => planner.world.namespaceGone(name),
  })),
  {
    weight: 3,
    arbitrary: fc.tuple(
      namespaces,
      fc.constantFrom("x", "y", "z"),
      optional(
        fc.record({ labels, addresses, ports: fc.array(port, { maxLength: 2 }), local: fc.boolean() }),
      ),
    ).map(([namespace, name, pod]): Event => ({
      key: `pod ${namespace}/${name}`,
      set: pod && ((world) => world.pod(`${namespace}/${name}`, pod.labels, pod.addresses, pod)),
      gone: ({ planner }) => planner.world.podGone(podName(`${namespace}/${name}`)),
      moves: JSON.stringify(pod?.addresses),
    })),
  },
  fc.tuple(fc.constantFrom("n1", "n2"), optional(fc.tuple(labels, addresses))).map(([name, node]): Event => ({
    key: `node ${name}`,
    set: node && ((world) => world.node(name, ...node)),
    gone: ({ planner }) => planner.world.nodeGone(name),
  })),
  {
    weight: 2,
    arbitrary: fc.tuple(namespaces, fc.constantFrom("p", "q"), optional(network)).map(
      ([namespace, name, spec]): Event => ({
        key: `network ${namespace}/${name}`,
        set: spec && ((world) => world.network(`${namespace}/${name}`, spec)),
        gone: ({ planner }) => planner.policyGone(networkPolicy(`${namespace}/${name}`)),
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom("c", "d"), optional(cluster)).map(([name, spec]): Event => ({
      key: `cluster ${name}`,
      set: spec && ((world) => world.cluster(name, spec)),
      gone: ({ planner }) => planner.policyGone(clusterPolicy(name)),
    })),
  },
);

Deno.test("plans of changes make the table that one plan of the result makes", () => {
  const steps = fc.array(fc.oneof({ weight: 4, arbitrary: events }, fc.constant("plan" as const)), {
    maxLength: 40,
    size: "max",
  });
  fc.assert(
    fc.property(steps, (steps) => {
      const options = { logGroup: 5, logPerSecond: 10 };
      const followed = new Planned(options);
      const present = new Map<string, Event>();
      for (const step of steps) {
        if (step === "plan") {
          followed.plan();
          continue;
        }
        (step.set ?? step.gone)(followed);
        // A pod with other addresses is the newest of those that share one; see `Address`.
        if (step.set === undefined || present.get(step.key)?.moves !== step.moves) present.delete(step.key);
        if (step.set !== undefined) present.set(step.key, step);
      }
      followed.plan();
      assertEquals(followed.plan(), []);
      const fresh = new Planned(options);
      for (const { set } of present.values()) set?.(fresh);
      fresh.plan();
      assertEquals(contentOf(followed.table), contentOf(fresh.table));
    }),
    { numRuns: Number(Deno.env.get("POLICY_RUNS") ?? 300) },
  );
});
