import { assertEquals } from "@std/assert";
import type { Peer, Port } from "../parsed_policy.ts";
import { CLUSTER_POLICY, parsed, wrong } from "./testing.ts";

const SPEC = { tier: "Admin", priority: 10, subject: { namespaces: {} } };
const ALL = [{ namespaces: {} }];
const RULE = { action: "Deny", from: ALL };
const EGRESS = { action: "Deny", to: ALL };

const read = (spec: object) => parsed(CLUSTER_POLICY, { ...SPEC, ...spec });

Deno.test("a policy with all in it", () => {
  const everybody: Peer = { kind: "pods", pods: { namespaces: { selector: [] }, pods: [] } };
  assertEquals(
    read({
      tier: "Baseline",
      priority: 1000,
      subject: { pods: { namespaceSelector: { matchLabels: { team: "a" } }, podSelector: {} } },
      ingress: [
        { name: "from-all", action: "Accept", from: ALL, protocols: [{ tcp: { destinationPort: { number: 80 } } }] },
        { action: "Pass", from: ALL },
      ],
      egress: [{ name: 'a "name"\n', action: "Deny", to: ALL }],
    }),
    {
      name: CLUSTER_POLICY,
      tier: "baseline",
      priority: 1000,
      subject: { namespaces: { selector: [{ key: "team", operator: "In", values: ["a"] }] }, pods: [] },
      ingress: [
        {
          peers: [everybody],
          ports: [{ protocol: "tcp", first: 80, last: 80 }],
          action: "accept",
          label: 'ingress[0] "from-all"',
        },
        { peers: [everybody], ports: undefined, action: "pass", label: "ingress[1]" },
      ],
      egress: [{ peers: [everybody], ports: undefined, action: "deny", label: 'egress[0] "a \\"name\\"\\n"' }],
    },
  );
});

Deno.test("without rules of a direction it says nothing about that", () => {
  for (const spec of [{}, { ingress: [], egress: null }]) {
    const { ingress, egress, tier, priority } = read(spec);
    assertEquals([ingress, egress, tier, priority], [undefined, undefined, "admin", 10]);
  }
});

const team = { matchLabels: { team: "a" } };
const TEAM = [{ key: "team", operator: "In" as const, values: ["a"] }];

for (
  const [peer, expected] of [
    [{ namespaces: {} }, [{ kind: "pods", pods: { namespaces: { selector: [] }, pods: [] } }]],
    [{ namespaces: team, pods: null }, [{ kind: "pods", pods: { namespaces: { selector: TEAM }, pods: [] } }]],
    [{ pods: { podSelector: team } }, [{ kind: "pods", pods: { namespaces: { selector: [] }, pods: TEAM } }]],
    [{ pods: { namespaceSelector: team, podSelector: {} } }, [
      { kind: "pods", pods: { namespaces: { selector: TEAM }, pods: [] } },
    ]],
    [{ nodes: {} }, [{ kind: "nodes", nodes: [] }]],
    [{ nodes: team }, [{ kind: "nodes", nodes: TEAM }]],
    [{ networks: ["10.0.0.5/8", "fd00::/8"] }, [
      { kind: "network", cidr: "10.0.0.0/8", except: [] },
      { kind: "network", cidr: "fd00::/8", except: [] },
    ]],
  ] as [object, Peer[]][]
) {
  Deno.test(`peer ${JSON.stringify(peer)}`, () => {
    assertEquals(read({ egress: [{ ...EGRESS, to: [peer] }] }).egress?.[0]?.peers, expected);
    if (expected[0]?.kind !== "pods") return;
    assertEquals(read({ ingress: [{ ...RULE, from: [peer] }] }).ingress?.[0]?.peers, expected);
    assertEquals(read({ subject: peer }).subject, expected[0].pods);
  });
}

for (
  const [protocol, expected] of [
    [{ tcp: { destinationPort: { number: 1 } } }, { protocol: "tcp", first: 1, last: 1 }],
    [{ udp: { destinationPort: { number: 65535 } } }, { protocol: "udp", first: 65535, last: 65535 }],
    [{ sctp: { destinationPort: { range: { start: 1, end: 65535 } } } }, { protocol: "sctp", first: 1, last: 65535 }],
    [{ destinationNamedPort: "http" }, { protocol: undefined, name: "http" }],
  ] as [object, Port][]
) {
  Deno.test(`protocol ${JSON.stringify(protocol)}`, () => {
    assertEquals(read({ ingress: [{ ...RULE, protocols: [protocol] }] }).ingress?.[0]?.ports, [expected]);
    assertEquals(read({ egress: [{ ...EGRESS, protocols: [protocol] }] }).egress?.[0]?.ports, [expected]);
  });
}

Deno.test("protocols that are not given are all of them", () => {
  for (const protocols of [undefined, null]) {
    assertEquals(read({ ingress: [{ ...RULE, protocols }] }).ingress?.[0]?.ports, undefined);
  }
});

Deno.test("25 rules, peers, protocols, networks, and a name of 100 characters", () => {
  const many = <T>(make: (index: number) => T) => Array.from({ length: 25 }, (_, index) => make(index));
  const rule = {
    name: "😀".repeat(100),
    action: "Accept",
    to: many(() => ({ networks: many((index) => `10.0.${index}.0/24`) })),
    protocols: many((index) => ({ tcp: { destinationPort: { number: index + 1 } } })),
  };
  const { egress } = read({ egress: many(() => rule) });
  assertEquals([egress?.length, egress?.[24]?.peers?.length, egress?.[24]?.ports?.length], [25, 625, 25]);
});

const NO_PORT = "it is no whole number from 1 to 65535:";
const NO_NAME = "it is no name of a port, which has at most 15 of a-z, 0-9 and single - between them, with a letter:";
const EGRESS_FIELDS = "namespaces, pods, nodes, networks, domainNames";
const AT = "spec.egress[0].protocols[0]";
const protocolsOf = (...protocols: unknown[]) => ({ egress: [{ ...EGRESS, protocols }] });
const toOf = (...to: unknown[]) => ({ egress: [{ ...EGRESS, to }] });
const list = (length: number, item: unknown) => Array.from({ length }, () => item);

for (
  const [change, ...errors] of [
    [{ tier: undefined, priority: undefined, subject: undefined }, ...[
      "spec.tier: it is missing",
      "spec.priority: it is missing",
      "spec.subject: it is missing",
    ]],
    [{ tier: "admin" }, 'spec.tier: it is none of Admin, Baseline: "admin"'],
    [{ priority: -1 }, "spec.priority: it is no whole number from 0 to 1000: -1"],
    [{ priority: 1001 }, "spec.priority: it is no whole number from 0 to 1000: 1001"],
    [{ priority: 1.5 }, "spec.priority: it is no whole number from 0 to 1000: 1.5"],
    [{ priority: "1" }, 'spec.priority: it is no whole number from 0 to 1000: "1"'],
    [
      { podSelector: {} },
      "spec.podSelector: it is no field of a ClusterNetworkPolicy's spec; it has tier, priority, subject, ingress, egress",
    ],
    [{ subject: {} }, "spec.subject: it has to have exactly one of namespaces, pods as a subject, and has none"],
    [
      { subject: { namespaces: {}, pods: { podSelector: {} } } },
      "spec.subject: it has to have exactly one of namespaces, pods as a subject, and has namespaces and pods",
    ],
    [
      { subject: { nodes: {} } },
      "spec.subject.nodes: it is no field of a subject; it has namespaces, pods",
      "spec.subject: it has to have exactly one of namespaces, pods as a subject, and has none",
    ],
    [{ subject: { pods: {} } }, "spec.subject.pods.podSelector: it is missing; {} selects every pod"],
    [{ ingress: list(26, RULE) }, "spec.ingress: it has to have 0 to 25 items, and has 26"],
    [{ ingress: [{}] }, "spec.ingress[0].action: it is missing", "spec.ingress[0].from: it is missing"],
    [
      { ingress: [{ action: "Allow", from: [] }] },
      'spec.ingress[0].action: it is none of Accept, Deny, Pass: "Allow"',
      "spec.ingress[0].from: it has to have 1 to 25 items, and has 0",
    ],
    [
      { ingress: [{ ...RULE, from: list(26, ALL[0]) }] },
      "spec.ingress[0].from: it has to have 1 to 25 items, and has 26",
    ],
    [
      { ingress: [{ ...RULE, to: ALL }] },
      "spec.ingress[0].to: it is no field of an ingress rule; it has name, action, protocols, from",
    ],
    [
      { ingress: [{ ...RULE, ports: [] }] },
      "spec.ingress[0].ports: it is no field of an ingress rule; it has name, action, protocols, from",
    ],
    [
      { ingress: [{ ...RULE, name: "x".repeat(101) }] },
      `spec.ingress[0].name: it is longer than 100 characters: "${"x".repeat(80)}"…`,
    ],
    [{ ingress: [{ ...RULE, name: 5 }] }, "spec.ingress[0].name: it is no text: 5"],
    [
      { ingress: [{ ...RULE, from: [{ networks: ["10.0.0.0/8"] }] }] },
      "spec.ingress[0].from[0].networks: it is no field of a peer of ingress; it has namespaces, pods",
      "spec.ingress[0].from[0]: it has to have exactly one of namespaces, pods as a peer of ingress, and has none",
    ],
    [
      toOf({}, { namespaces: {}, nodes: {} }),
      `spec.egress[0].to[0]: it has to have exactly one of ${EGRESS_FIELDS} as a peer of egress, and has none`,
      `spec.egress[0].to[1]: it has to have exactly one of ${EGRESS_FIELDS} as a peer of egress, and has namespaces and nodes`,
    ],
    [
      toOf({ domainNames: ["example.com"] }),
      "spec.egress[0].to[0].domainNames: it is not supported, as the kernel judges packets and these have no names; " +
      "give addresses by networks",
    ],
    [toOf({ networks: [] }), "spec.egress[0].to[0].networks: it has to have 1 to 25 items, and has 0"],
    [
      toOf({ networks: list(26, "10.0.0.0/8") }),
      "spec.egress[0].to[0].networks: it has to have 1 to 25 items, and has 26",
    ],
    [
      toOf({ networks: ["10.0.0.0/8", "10.0.0.0", "10.0.0.0/8"] }),
      'spec.egress[0].to[0].networks[1]: it is no network in CIDR notation: "10.0.0.0" (the address alone is 10.0.0.0/32)',
      'spec.egress[0].to[0].networks[2]: it is in the list twice: "10.0.0.0/8"',
    ],
    [
      toOf({ nodes: { a: "b" } }),
      "spec.egress[0].to[0].nodes.a: it is no field of a label selector; it has matchLabels, matchExpressions",
    ],
    [protocolsOf(), "spec.egress[0].protocols: it has to have 1 to 25 items, and has 0"],
    [
      { egress: [{ ...EGRESS, protocols: list(26, { destinationNamedPort: "http" }) }] },
      "spec.egress[0].protocols: it has to have 1 to 25 items, and has 26",
    ],
    [
      protocolsOf({}),
      `${AT}: it has to have exactly one of tcp, udp, sctp, destinationNamedPort as a protocol, and has none`,
    ],
    [
      protocolsOf({ tcp: {}, udp: {} }),
      `${AT}: it has to have exactly one of tcp, udp, sctp, destinationNamedPort as a protocol, and has tcp and udp`,
    ],
    [protocolsOf({ tcp: {} }), `${AT}.tcp: it has no destinationPort; all ports are its range from 1 to 65535`],
    [
      protocolsOf({ udp: { destinationPort: {} } }),
      `${AT}.udp.destinationPort: it has to have exactly one of number, range as a destinationPort, and has none`,
    ],
    [
      protocolsOf({ udp: { destinationPort: { number: 1, range: {} } } }),
      `${AT}.udp.destinationPort: it has to have exactly one of number, range as a destinationPort, and has number and range`,
    ],
    [protocolsOf({ udp: { destinationPort: { number: 0 } } }), `${AT}.udp.destinationPort.number: ${NO_PORT} 0`],
    [
      protocolsOf({ udp: { destinationPort: { range: { start: 0 } } } }),
      `${AT}.udp.destinationPort.range.start: ${NO_PORT} 0`,
      `${AT}.udp.destinationPort.range.end: it is missing`,
    ],
    [
      protocolsOf({ udp: { destinationPort: { range: { start: 9, end: 9 } } } }),
      `${AT}.udp.destinationPort.range: it has to end above its start: start 9, end 9`,
    ],
    [
      protocolsOf({ sctp: { port: 5 } }),
      `${AT}.sctp.port: it is no field of sctp; it has destinationPort`,
      `${AT}.sctp: it has no destinationPort; all ports are its range from 1 to 65535`,
    ],
    [
      protocolsOf({ destinationNamedPort: "80" }),
      `${AT}.destinationNamedPort: it is a number in quotes, which makes it a name: "80"`,
    ],
    [protocolsOf({ destinationNamedPort: "" }), `${AT}.destinationNamedPort: ${NO_NAME} ""`],
    ...[{ nodes: {} }, { networks: ["10.0.0.0/8"] }].map((peer) => [
      {
        egress: [{
          ...EGRESS,
          to: [...ALL, peer],
          protocols: [{ tcp: { destinationPort: { number: 1 } } }, { destinationNamedPort: "http" }],
        }],
      },
      'spec.egress[0].protocols[1].destinationNamedPort: it needs peers that are pods or namespaces, and the rule has others: "http"',
    ]),
  ] as [object, ...string[]][]
) {
  Deno.test(`a ClusterNetworkPolicy is refused: ${JSON.stringify(change).slice(0, 120)}`, () => {
    assertEquals(wrong(CLUSTER_POLICY, { ...SPEC, ...change }), errors);
  });
}
