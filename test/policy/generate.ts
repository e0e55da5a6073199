// Clusters and policies at random, for fast-check, which shrinks what it finds. Words are few, so that selectors match some
// and not others, networks cut through the pods of both nodes, and policies overlap.

import * as fc from "fast-check";
import { networks, strictlyIn } from "./generate_network.ts";
import {
  type Cluster,
  clusterNetworkPolicy,
  type ClusterNetworkPolicySpec,
  type ClusterPeer,
  type ClusterProtocol,
  type ContainerPort,
  type Labels,
  type LabelSelector,
  networkPolicy,
  type NetworkPolicyPeer,
  type NetworkPolicyPort,
  type NetworkPolicySpec,
  PROTOCOLS,
} from "./objects.ts";
import { containerPorts, namespace, node, NODES, PLACES, pod } from "./places.ts";

const KEYS = ["app", "tier"] as const;
const VALUES = ["1", "2"] as const;
const NAMESPACES = ["x", "y", "z"] as const;

/** Of T, with every key there or not. */
function some<T>(keys: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> {
  return fc.record(keys, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;
}

function list<T>(of: fc.Arbitrary<T>, minLength: number, maxLength: number): fc.Arbitrary<T[]> {
  return fc.array(of, { minLength, maxLength });
}

/** Missing, empty, or with items: the three mean different things. */
function given<K extends string, T>(key: K, of: fc.Arbitrary<T>, most: number): fc.Arbitrary<{ [k in K]?: T[] }> {
  return fc.oneof(
    { arbitrary: fc.constant({}), weight: 1 },
    { arbitrary: fc.constant({ [key]: [] }), weight: 1 },
    { arbitrary: list(of, 1, most).map((items) => ({ [key]: items })), weight: 5 },
  ) as fc.Arbitrary<{ [k in K]?: T[] }>;
}

const labels: fc.Arbitrary<Labels> = some({
  app: fc.constantFrom(...VALUES),
  tier: fc.constantFrom(...VALUES),
}) as fc.Arbitrary<Labels>;

const expression = fc.oneof(
  fc.record({
    key: fc.constantFrom(...KEYS),
    operator: fc.constantFrom("In", "NotIn"),
    values: fc.uniqueArray(fc.constantFrom(...VALUES, "3"), { minLength: 1, maxLength: 2 }),
  }),
  fc.record({ key: fc.constantFrom(...KEYS), operator: fc.constantFrom("Exists", "DoesNotExist") }),
);

function selectorOf(label: fc.Arbitrary<Labels>): fc.Arbitrary<LabelSelector> {
  return fc.oneof(
    { arbitrary: fc.constant({}), weight: 2 },
    { arbitrary: fc.record({ matchLabels: label }), weight: 3 },
    { arbitrary: list(expression, 1, 2).map((matchExpressions) => ({ matchExpressions })), weight: 3 },
    { arbitrary: fc.record({ matchLabels: label, matchExpressions: list(expression, 1, 2) }), weight: 1 },
  ) as fc.Arbitrary<LabelSelector>;
}

const podSelector = selectorOf(labels);
const namespaceSelector = selectorOf(
  fc.oneof(labels, fc.constantFrom(...NAMESPACES).map((name) => ({ "kubernetes.io/metadata.name": name }))),
);

const ipBlock = networks.chain((cidr) => {
  const inside = strictlyIn(cidr);
  if (inside.length === 0) return fc.constant({ cidr });
  return fc.oneof(
    fc.constant({ cidr }),
    fc.record({ cidr: fc.constant(cidr), except: fc.uniqueArray(fc.constantFrom(...inside), { maxLength: 3 }) }),
  );
});

const networkPeer: fc.Arbitrary<NetworkPolicyPeer> = fc.oneof(
  fc.record({ podSelector }),
  fc.record({ namespaceSelector }),
  fc.record({ podSelector, namespaceSelector }),
  fc.record({ ipBlock }),
) as fc.Arbitrary<NetworkPolicyPeer>;

/** `none` is nobody's. */
const portName = fc.constantFrom("serve-80-tcp", "serve-81-udp", "serve-81-sctp", "web", "none");
const RANGES = [[80, 81], [79, 80], [81, 90], [1, 65535], [82, 90], [81, 81]] as const;
const port: fc.Arbitrary<NetworkPolicyPort> = fc.tuple(
  fc.constantFrom<{ protocol?: "TCP" | "UDP" | "SCTP" }>({}, ...PROTOCOLS.map((protocol) => ({ protocol }))),
  fc.oneof<fc.Arbitrary<NetworkPolicyPort>[]>(
    fc.constant({}),
    fc.constantFrom(80, 81).map((port) => ({ port })),
    fc.constantFrom(...RANGES).map(([port, endPort]) => ({ port, endPort })),
    portName.map((port) => ({ port })),
  ),
).map(([protocol, port]) => ({ ...protocol, ...port }));

const ingressRule = fc.tuple(given("from", networkPeer, 2), given("ports", port, 2)).map(([a, b]) => ({ ...a, ...b }));
const egressRule = fc.tuple(given("to", networkPeer, 2), given("ports", port, 2)).map(([a, b]) => ({ ...a, ...b }));
const policyTypes = fc.constantFrom<Pick<NetworkPolicySpec, "policyTypes">>(
  {},
  {},
  { policyTypes: ["Ingress"] },
  { policyTypes: ["Egress"] },
  { policyTypes: ["Ingress", "Egress"] },
);

const networkSpec: fc.Arbitrary<NetworkPolicySpec> = fc.tuple(
  podSelector.map((podSelector) => ({ podSelector })),
  policyTypes,
  given("ingress", ingressRule, 2),
  given("egress", egressRule, 2),
).map(([selector, types, ingress, egress]) => ({ ...selector, ...types, ...ingress, ...egress }));

const clusterPods = fc.oneof(
  fc.record({ namespaces: namespaceSelector }),
  fc.record({ pods: fc.record({ namespaceSelector, podSelector }, { requiredKeys: ["podSelector"] }) }),
);
const ingressPeer = clusterPods as fc.Arbitrary<ClusterPeer>;
const others = fc.oneof(
  fc.record({ nodes: selectorOf(labels) }),
  fc.record({ networks: fc.uniqueArray(networks, { minLength: 1, maxLength: 2 }) }),
) as fc.Arbitrary<ClusterPeer>;

const destinationPort = fc.oneof(
  fc.constantFrom(80, 81).map((number) => ({ destinationPort: { number } })),
  fc.constantFrom(...RANGES.slice(0, 5)).map(([start, end]) => ({ destinationPort: { range: { start, end } } })),
);
const numbered = fc.oneof(
  fc.record({ tcp: destinationPort }),
  fc.record({ udp: destinationPort }),
  fc.record({ sctp: destinationPort }),
) as fc.Arbitrary<ClusterProtocol>;
const named = fc.record({ destinationNamedPort: portName }) as fc.Arbitrary<ClusterProtocol>;

const action = fc.constantFrom("Accept", "Deny", "Pass");

function clusterRules(peers: "from" | "to", peer: fc.Arbitrary<ClusterPeer>, protocol: fc.Arbitrary<ClusterProtocol>) {
  return fc.record(
    { action, [peers]: list(peer, 1, 2), protocols: list(protocol, 1, 2) },
    { requiredKeys: ["action", peers] },
  );
}

const clusterSpec = fc.record({
  tier: fc.constantFrom("Admin", "Baseline"),
  priority: fc.integer({ min: 0, max: 3 }),
  subject: clusterPods,
  ingress: list(clusterRules("from", ingressPeer, fc.oneof(numbered, named)), 0, 3),
  egress: list(
    fc.oneof(
      clusterRules("to", ingressPeer, fc.oneof(numbered, named)),
      // These have no ports with names.
      clusterRules("to", fc.oneof(ingressPeer, others), numbered),
    ),
    0,
    3,
  ),
}, { requiredKeys: ["tier", "priority", "subject"] }) as unknown as fc.Arbitrary<ClusterNetworkPolicySpec>;

const ports: fc.Arbitrary<((pod: string) => readonly ContainerPort[]) | undefined> = fc.constantFrom(
  undefined,
  undefined,
  () => [],
  () => [{ name: "web", containerPort: 81 }, { name: "web", containerPort: 80, protocol: "UDP" as const }],
  (pod: string) => containerPorts(pod).filter(({ name }) => name !== "serve-80-tcp"),
);

/** Nine pods at their places, with labels and ports at random; up to four policies of either kind. */
export const clusters: fc.Arbitrary<Cluster> = fc.record({
  namespaces: fc.tuple(...NAMESPACES.map((name) => labels.map((it) => namespace(name, it)))),
  pods: fc.tuple(
    ...PLACES.map((place) =>
      fc.tuple(labels, ports).map(([labels, ports]) => pod(place.name, place, labels, ports?.(place.name.slice(2))))
    ),
  ),
  nodes: fc.tuple(...Object.values(NODES).map((host) => labels.map((it) => node(host, it)))),
  policies: fc.tuple(
    list(fc.tuple(fc.constantFrom(...NAMESPACES), networkSpec), 0, 4),
    list(clusterSpec, 0, 3),
  ).map(([network, cluster]) => [
    ...network.map(([namespace, spec], at) => networkPolicy(namespace, `np-${at}`, spec)),
    ...cluster.map((spec, at) => clusterNetworkPolicy(`cnp-${at}`, spec)),
  ]),
});
