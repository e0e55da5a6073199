// Ten families of cases, generated from their parts as policy-assistant of the Kubernetes network policy API has them: what
// is expected of each member is what the plain evaluator says.

import {
  type LabelSelector,
  type NetworkPolicy,
  networkPolicy,
  type NetworkPolicyPeer,
  type NetworkPolicyPort,
  type NetworkPolicySpec,
  PROTOCOLS,
} from "../objects.ts";
import { pod, SPARE } from "../places.ts";
import { CHANGE_CASES } from "../netpol/change_cases.ts";
import { type Case, labelNamespace, labelPod, type Step } from "../netpol/case.ts";
import { EGRESS_CASES } from "../netpol/egress_cases.ts";
import { SELECTOR_CASES } from "../netpol/selector_cases.ts";

/** A case without expectations of its own. */
export interface Member {
  readonly name: string;
  readonly steps: readonly Omit<Step, "expect">[];
}

export interface Family {
  readonly name: string;
  readonly members: readonly Member[];
}

type Direction = "ingress" | "egress";
const DIRECTIONS = ["ingress", "egress"] as const;
const A: LabelSelector = { matchLabels: { pod: "a" } };
const NAME = "kubernetes.io/metadata.name";

function policy(spec: NetworkPolicySpec, name = "base", namespace = "x"): NetworkPolicy {
  return networkPolicy(namespace, name, spec);
}

/** Pod x/a by one rule in one direction. */
function rule(direction: Direction, peers?: readonly NetworkPolicyPeer[], ports?: readonly NetworkPolicyPort[]) {
  const given = ports === undefined ? {} : { ports };
  return direction === "ingress"
    ? policy({
      podSelector: A,
      policyTypes: ["Ingress"],
      ingress: [{ ...given, ...peers !== undefined && { from: peers } }],
    })
    : policy({
      podSelector: A,
      policyTypes: ["Egress"],
      egress: [{ ...given, ...peers !== undefined && { to: peers } }],
    });
}

function member(name: string, ...policies: NetworkPolicy[]): Member {
  return { name, steps: [{ policies }] };
}

function text(value: unknown): string {
  return value === undefined ? "not given" : JSON.stringify(value);
}

/** Undefined: not given; then what every operator makes of a key. */
function selectors(key: string, one: string, other: string): (LabelSelector | undefined)[] {
  return [
    undefined,
    {},
    { matchLabels: { [key]: one } },
    { matchExpressions: [{ key, operator: "In", values: [one, other] }] },
    { matchExpressions: [{ key, operator: "NotIn", values: [one] }] },
    { matchExpressions: [{ key, operator: "Exists" }] },
    { matchExpressions: [{ key, operator: "DoesNotExist" }] },
  ];
}

const target: Family = {
  name: "target",
  members: [
    ...selectors("pod", "a", "b").map((podSelector) =>
      member(text(podSelector), policy({ ...podSelector && { podSelector }, policyTypes: ["Ingress"], ingress: [] }))
    ),
    member("another namespace", policy({ podSelector: A, policyTypes: ["Ingress"] }, "base", "y")),
  ],
};

const rules: Family = {
  name: "rules",
  members: [
    ...[undefined, []].flatMap((list) =>
      DIRECTIONS.map((direction) => {
        const policyTypes = [direction === "ingress" ? "Ingress" as const : "Egress" as const];
        return member(
          `${direction} ${text(list)}`,
          policy({ podSelector: A, policyTypes, ...list && { [direction]: list } }),
        );
      })
    ),
    member("neither, of both types", policy({ podSelector: A, policyTypes: ["Ingress", "Egress"] })),
    ...DIRECTIONS.map((direction) => member(`one that is empty, ${direction}`, rule(direction))),
    member("types are told by rules", policy({ podSelector: A, ingress: [{}], egress: [] })),
  ],
};

const blocks: NetworkPolicyPeer[] = [
  { ipBlock: { cidr: "0.0.0.0/0" } },
  { ipBlock: { cidr: "::/0" } },
  { ipBlock: { cidr: "10.1.0.0/24" } },
  { ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/28", "10.2.0.16/31"] } },
  { ipBlock: { cidr: "fd00:2::/64", except: ["fd00:2::10/127"] } },
];

const peers: Family = {
  name: "peers",
  members: DIRECTIONS.flatMap((direction) => [
    ...selectors("ns", "x", "y").flatMap((namespaceSelector) =>
      selectors("pod", "b", "c").flatMap((podSelector) => {
        if (!namespaceSelector && !podSelector) return [];
        const peer = { ...namespaceSelector && { namespaceSelector }, ...podSelector && { podSelector } };
        return [member(`${direction}, ${text(peer)}`, rule(direction, [peer]))];
      })
    ),
    ...blocks.map((peer) => member(`${direction}, ${text(peer)}`, rule(direction, [peer]))),
    member(`${direction}, none`, rule(direction, [])),
    member(`${direction}, several`, rule(direction, [blocks[2]!, { namespaceSelector: {}, podSelector: A }])),
  ]),
};

const PORTS: readonly NetworkPolicyPort[] = [
  { port: 79 },
  { port: 80 },
  { port: 81 },
  { port: "serve-80-tcp" },
  { port: "serve-81-tcp" },
  { port: "web" },
  { port: "nobody" },
  { port: 80, endPort: 81 },
  { port: 81, endPort: 81 },
  { port: 1, endPort: 80 },
  { port: 82, endPort: 65535 },
];

const ports: Family = {
  name: "ports",
  members: DIRECTIONS.flatMap((direction) => [
    ...PORTS.map((port) => member(`${direction}, ${text(port)}`, rule(direction, undefined, [port]))),
    member(`${direction}, none`, rule(direction, undefined, [])),
    member(`${direction}, two`, rule(direction, undefined, [{ port: 80 }, { port: "serve-81-tcp" }])),
  ]),
};

const protocols: Family = {
  name: "protocols",
  members: DIRECTIONS.flatMap((direction) =>
    PROTOCOLS.flatMap((protocol) =>
      [{}, { port: 80 }, { port: 80, endPort: 81 }, { port: `serve-81-${protocol.toLowerCase()}` }, {
        port: "serve-80-udp",
      }]
        .map((port) =>
          member(`${direction}, ${text({ protocol, ...port })}`, rule(direction, undefined, [{ protocol, ...port }]))
        )
    )
  ),
};

const HALVES: Readonly<Record<string, NetworkPolicySpec>> = {
  "deny all": { podSelector: {} },
  "allow all": { podSelector: {}, ingress: [{}], egress: [{}] },
  "allow y": {
    podSelector: A,
    ingress: [{ from: [{ namespaceSelector: { matchLabels: { ns: "y" } } }] }],
    egress: [{ to: [{ namespaceSelector: { matchLabels: { ns: "y" } } }] }],
  },
  "allow 80": { podSelector: A, ingress: [{ ports: [{ port: 80 }] }], egress: [{ ports: [{ port: 80 }] }] },
};

/** One direction of a pair in one policy, and the other in the other; and both of each. */
const conflict: Family = {
  name: "conflict",
  members: Object.entries(HALVES).flatMap(([one, first]) =>
    Object.entries(HALVES).map(([other, second]) =>
      member(
        `${one}, and ${other}`,
        policy({ ...first, policyTypes: ["Ingress", "Egress"] }, "first"),
        policy({ ...second, policyTypes: ["Ingress", "Egress"] }, "second"),
        policy({ ...second, policyTypes: ["Egress"] }, "other", "y"),
      )
    )
  ),
};

const toUpdated = rule("ingress", [{ podSelector: { matchLabels: { new: "yes" } } }]);
const toNamespace = rule("ingress", [{ namespaceSelector: { matchLabels: { new: "yes" } } }]);

const action: Family = {
  name: "action",
  members: [
    { name: "create a policy", steps: [{ policies: [] }, { policies: [rule("ingress", [])] }] },
    {
      name: "update a policy",
      steps: [{ policies: [rule("ingress", [{ podSelector: {} }])] }, { policies: [rule("ingress", [blocks[2]!])] }],
    },
    { name: "delete a policy", steps: [{ policies: [rule("egress", [blocks[0]!])] }, { policies: [] }] },
    { name: "label a pod", steps: [{ policies: [toUpdated] }, { change: labelPod("x/b", { new: "yes" }) }] },
    {
      name: "label a namespace",
      steps: [{ policies: [toNamespace] }, { change: labelNamespace("z", { new: "yes" }) }],
    },
    {
      name: "create and delete a pod",
      steps: [
        { policies: [toUpdated] },
        { change: (it) => ({ ...it, pods: [...it.pods, pod("x/new", SPARE[0]!, { new: "yes" })] }) },
        { change: (it) => ({ ...it, pods: it.pods.filter(({ metadata }) => metadata.name !== "new") }) },
      ],
    },
  ],
};

const namespaces: Family = {
  name: "namespace",
  members: [{ matchLabels: { [NAME]: "y" } }, {
    matchExpressions: [{ key: NAME, operator: "NotIn" as const, values: ["x", "z"] }],
  }].map((namespaceSelector) => member(text(namespaceSelector), rule("ingress", [{ namespaceSelector }]))),
};

const asMember = ({ name, steps }: Case): Member => ({ name, steps });

const upstream: Family = {
  name: "upstream-e2e",
  members: [...SELECTOR_CASES.slice(0, 5), ...CHANGE_CASES.slice(0, 4), ...EGRESS_CASES.slice(0, 4)].map(asMember),
};

const example: Family = {
  name: "example",
  members: [member(
    "a database: from a network without a part, a namespace and pods, by one port; to a network by another",
    policy({
      podSelector: A,
      policyTypes: ["Ingress", "Egress"],
      ingress: [{
        from: [
          { ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.16/30"] } },
          { namespaceSelector: { matchLabels: { ns: "z" } } },
          { podSelector: { matchLabels: { pod: "b" } } },
        ],
        ports: [{ protocol: "TCP", port: 80 }],
      }],
      egress: [{ to: [{ ipBlock: { cidr: "10.2.0.0/24" } }], ports: [{ protocol: "TCP", port: 81 }] }],
    }),
  )],
};

export const FAMILIES: readonly Family[] = [
  target,
  rules,
  peers,
  ports,
  protocols,
  conflict,
  action,
  namespaces,
  upstream,
  example,
];
