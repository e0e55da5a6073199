import { assert, assertEquals } from "@std/assert";
import { isIn, isInBlock, isPort, isProtocol, selects } from "./matches.ts";
import {
  type Cluster,
  clusterNetworkPolicy,
  type ClusterNetworkPolicySpec,
  networkPolicy,
  type NetworkPolicySpec,
  type Policy,
  type Protocol,
} from "./objects.ts";
import { judge } from "./oracle.ts";
import { NODES, OUTSIDE, partyAt, plainCluster } from "./places.ts";

const TCP80 = { protocol: "TCP", port: 80 } as const;

/** `x/a` is that pod; `one` a node; `outside` the host; else an address. */
function addressOf(name: string, cluster: Cluster): string {
  if (name === "outside") return OUTSIDE.ipv4;
  if (name === "one" || name === "two") return NODES[name].ipv4;
  const pod = cluster.pods.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === name);
  return pod?.status.podIPs[0]?.ip ?? name;
}

function answer(policies: readonly Policy[], from: string, to: string, over: { protocol: Protocol; port: number }) {
  const cluster = { ...plainCluster(), policies };
  const party = (name: string) => partyAt(addressOf(name, cluster), cluster);
  return judge(cluster, { from: party(from), to: party(to), ...over });
}

const allowed = (policies: readonly Policy[], from: string, to: string, over = TCP80 as never) =>
  answer(policies, from, to, over).allowed;

const inX = (name: string, spec: NetworkPolicySpec) => networkPolicy("x", name, spec);
const cluster = (name: string, spec: ClusterNetworkPolicySpec) => clusterNetworkPolicy(name, spec);

Deno.test("without a policy everything is allowed", () => {
  for (const [from, to] of [["x/a", "y/a"], ["outside", "x/a"], ["x/a", "outside"]] as const) {
    assert(allowed([], from, to));
  }
});

Deno.test("the documentation's example: role=db from a block, a namespace, pods; egress to a block and port", () => {
  const example = inX("test-network-policy", {
    podSelector: { matchLabels: { pod: "a" } },
    policyTypes: ["Ingress", "Egress"],
    ingress: [{
      from: [
        { ipBlock: { cidr: "10.2.0.0/16", except: ["10.2.0.16/32"] } },
        { namespaceSelector: { matchLabels: { ns: "y" } } },
        { podSelector: { matchLabels: { pod: "b" } } },
      ],
      ports: [{ protocol: "TCP", port: 80 }],
    }],
    egress: [{ to: [{ ipBlock: { cidr: "198.51.100.0/24" } }], ports: [{ protocol: "TCP", port: 81 }] }],
  });
  const table: [from: string, to: string, port: number, expected: boolean][] = [
    ["z/a", "x/a", 80, true],
    ["x/c", "x/a", 80, false], // 10.2.0.16
    ["y/a", "x/a", 80, true],
    ["x/b", "x/a", 80, true],
    ["z/b", "x/a", 80, false], // pods b of x alone
    ["y/a", "x/a", 81, false],
    ["x/a", "outside", 81, true],
    ["x/a", "outside", 80, false],
    ["x/a", "x/b", 81, false],
    ["y/a", "x/b", 81, true],
  ];
  for (const [from, to, port, expected] of table) {
    assertEquals(allowed([example], from, to, { protocol: "TCP", port } as never), expected, `${from} ${to} ${port}`);
  }
});

Deno.test("the documentation's defaults: deny and allow all, of either direction", () => {
  const all = { podSelector: {} };
  const judged = (spec: NetworkPolicySpec) =>
    [["y/a", "x/a"], ["x/a", "y/a"]].map(([from, to]) => allowed([inX("default", spec)], from!, to!));
  assertEquals(judged({ ...all, policyTypes: ["Ingress"] }), [false, true]);
  assertEquals(judged({ ...all, policyTypes: ["Egress"] }), [true, false]);
  assertEquals(judged({ ...all, policyTypes: ["Ingress", "Egress"] }), [false, false]);
  assertEquals(judged({ ...all, policyTypes: ["Ingress"], ingress: [{}] }), [true, true]);
  assertEquals(judged({ ...all, policyTypes: ["Egress"], egress: [{}] }), [true, true]);
});

Deno.test("policyTypes that are not given: ingress, and egress where it has rules", () => {
  const judged = (spec: NetworkPolicySpec) =>
    [["y/a", "x/a"], ["x/a", "y/a"]].map(([from, to]) => allowed([inX("default", spec)], from!, to!));
  assertEquals(judged({}), [false, true]);
  assertEquals(judged({ egress: [] }), [false, true]);
  assertEquals(judged({ egress: [{ ports: [{ port: 81 }] }] }), [false, false]);
  assertEquals(judged({ policyTypes: [], ingress: [{}] }), [true, true]);
  assertEquals(judged({ policyTypes: ["Egress"], ingress: [] }), [true, false]);
});

Deno.test("a peer with both selectors needs both; two peers need one", () => {
  const [ns, pods] = [{ namespaceSelector: { matchLabels: { ns: "y" } } }, {
    podSelector: { matchLabels: { pod: "b" } },
  }];
  const both = inX("p", { podSelector: {}, ingress: [{ from: [{ ...ns, ...pods }] }] });
  const either = inX("p", { podSelector: {}, ingress: [{ from: [ns, pods] }] });
  const froms = ["y/b", "y/a", "x/b", "z/b"];
  assertEquals(froms.map((from) => allowed([both], from, "x/a")), [true, false, false, false]);
  assertEquals(froms.map((from) => allowed([either], from, "x/a")), [true, true, true, false]);
});

Deno.test("policies add up, and both ends have to allow", () => {
  const deny = inX("deny", { podSelector: {} });
  const allow = inX("allow", { podSelector: { matchLabels: { pod: "a" } }, ingress: [{}] });
  assertEquals([allowed([deny, allow], "y/a", "x/a"), allowed([deny, allow], "y/a", "x/b")], [true, false]);
  const egress = networkPolicy("y", "deny", { podSelector: {}, policyTypes: ["Egress"] });
  assertEquals(answer([deny, allow, egress], "y/a", "x/a", TCP80), {
    allowed: false,
    why: "egress isolated by NetworkPolicy y/deny",
  });
});

Deno.test("a pod reaches itself, a node its own pods; another node is judged", () => {
  const deny = inX("deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
  const flows = [["x/a", "x/a"], ["one", "x/a"], ["x/a", "one"], ["two", "x/a"], ["x/a", "two"]] as const;
  assertEquals(flows.map(([from, to]) => allowed([deny], from, to)), [true, true, true, false, false]);
});

Deno.test("a name of a port is the destination's, and no name of an address", () => {
  const policy = inX("web", { podSelector: {}, policyTypes: ["Egress"], egress: [{ ports: [{ port: "web" }] }] });
  const to = (name: string, port: number) => allowed([policy], "x/a", name, { protocol: "TCP", port } as never);
  assertEquals([to("y/a", 80), to("y/a", 81), to("y/c", 80), to("y/c", 81)], [true, false, false, true]);
  assertEquals([to("outside", 80), to("outside", 81)], [false, false]);
});

const everybody = { namespaces: {} };
const admin = (name: string, priority: number, ...ingress: NonNullable<ClusterNetworkPolicySpec["ingress"]>) =>
  cluster(name, { tier: "Admin", priority, subject: everybody, ingress });
const rule = (action: "Accept" | "Deny" | "Pass", ns?: string) => ({
  action,
  from: [{ namespaces: ns ? { matchLabels: { ns } } : {} }],
});

Deno.test("the admin tier: the lower priority, then the first rule; NetworkPolicies cannot change it", () => {
  const allow = inX("allow", { podSelector: {}, ingress: [{}] });
  const deny = inX("deny", { podSelector: {} });
  assert(!allowed([allow, admin("a", 10, rule("Deny"))], "y/a", "x/a"));
  assert(allowed([deny, admin("a", 10, rule("Accept"))], "y/a", "x/a"));
  assert(allowed([admin("b", 5, rule("Accept", "y")), admin("a", 10, rule("Deny"))], "y/a", "x/a"));
  assert(!allowed([admin("b", 5, rule("Accept", "y")), admin("a", 10, rule("Deny"))], "z/a", "x/a"));
  assert(allowed([admin("a", 10, rule("Accept", "y"), rule("Deny"))], "y/a", "x/a"));
});

Deno.test("pass leaves it to NetworkPolicies, and these leave nothing to the baseline", () => {
  const pass = admin("a", 1, rule("Pass", "y"), rule("Deny"));
  const baseline = cluster("b", { tier: "Baseline", priority: 0, subject: everybody, ingress: [rule("Deny")] });
  const allow = inX("allow", { podSelector: {}, ingress: [{}] });
  assert(!allowed([pass, baseline], "y/a", "x/a"));
  assert(allowed([pass, baseline, allow], "y/a", "x/a"));
  assert(!allowed([pass, baseline, allow], "z/a", "x/a"));
  assert(allowed([baseline, cluster("a", { ...baseline.spec, ingress: [rule("Pass")] })], "y/a", "x/a"));
});

Deno.test("egress to nodes and networks", () => {
  const egress = (to: object) =>
    cluster("e", { tier: "Admin", priority: 1, subject: everybody, egress: [{ action: "Deny", to: [to as never] }] });
  assert(!allowed([egress({ nodes: {} })], "x/a", "two"));
  assert(allowed([egress({ nodes: { matchLabels: { node: "one" } } })], "x/a", "two"));
  assert(!allowed([egress({ networks: ["198.51.100.0/24"] })], "x/a", "outside"));
  assert(!allowed([egress({ networks: ["10.0.0.0/8"] })], "x/a", "y/b"));
  assert(allowed([egress({ networks: ["fd00::/8"] })], "x/a", "y/b"));
});

Deno.test("selectors: every operator, and that all terms have to hold", () => {
  const term = (operator: "In" | "NotIn" | "Exists" | "DoesNotExist", ...values: string[]) =>
    selects({ matchExpressions: [{ key: "a", operator, values }] }, { a: "1" });
  assertEquals([term("In", "1", "2"), term("In", "2"), term("NotIn", "1"), term("NotIn", "2")], [
    true,
    false,
    false,
    true,
  ]);
  assertEquals([term("Exists"), term("DoesNotExist")], [true, false]);
  const missing = (operator: "In" | "NotIn") =>
    selects({ matchExpressions: [{ key: "b", operator, values: ["1"] }] }, { a: "1" });
  assertEquals([missing("In"), missing("NotIn")], [false, true]);
  assert(
    !selects({ matchLabels: { a: "1" }, matchExpressions: [{ key: "a", operator: "NotIn", values: ["1"] }] }, {
      a: "1",
    }),
  );
  assert(selects({}, {}));
});

Deno.test("networks and ports", () => {
  assertEquals([isIn("10.1.0.5", "10.1.0.4/31"), isIn("10.1.0.6", "10.1.0.4/31")], [true, false]);
  assertEquals([isIn("10.1.0.5", "0.0.0.0/0"), isIn("10.1.0.5", "::/0"), isIn("fd00::1", "fd00::/16")], [
    true,
    false,
    true,
  ]);
  assert(!isInBlock("10.1.0.5", { cidr: "10.0.0.0/8", except: ["10.2.0.0/16", "10.1.0.5/32"] }));
  const to = (port: number, protocol: Protocol = "TCP") => ({ pod: undefined, protocol, port });
  assertEquals([isPort({ port: 80, endPort: 81 }, to(81)), isPort({ port: 80 }, to(81)), isPort({}, to(81, "UDP"))], [
    true,
    false,
    false,
  ]);
  assert(isProtocol({ tcp: {} }, to(1)));
  assert(!isProtocol({ udp: {} }, to(1)));
  assert(isProtocol({ sctp: { destinationPort: { range: { start: 1, end: 2 } } } }, to(2, "SCTP")));
});
