import { assertEquals } from "@std/assert";
import type { Peer, Port } from "../parsed_policy.ts";
import { NETWORK_POLICY, parsed, wrong } from "./testing.ts";

const read = (spec: object) => parsed(NETWORK_POLICY, spec);

Deno.test("a policy with all in it", () => {
  assertEquals(
    read({
      podSelector: { matchLabels: { app: "web" } },
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 80 }] }, {}],
      egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/8" } }], ports: [{ protocol: "UDP", port: 53 }] }],
    }),
    {
      name: NETWORK_POLICY,
      tier: "network",
      priority: 0,
      subject: { namespaces: { name: "shop" }, pods: [{ key: "app", operator: "In", values: ["web"] }] },
      ingress: [
        {
          peers: [{ kind: "pods", pods: { namespaces: { name: "shop" }, pods: [] } }],
          ports: [{ protocol: "tcp", first: 80, last: 80 }],
          action: "accept",
          label: "ingress[0]",
        },
        { peers: undefined, ports: undefined, action: "accept", label: "ingress[1]" },
      ],
      egress: [{
        peers: [{ kind: "network", cidr: "10.0.0.0/8", except: [] }],
        ports: [{ protocol: "udp", first: 53, last: 53 }],
        action: "accept",
        label: "egress[0]",
      }],
    },
  );
});

for (
  const [spec, ingress, egress] of [
    // Types by default: ingress always, egress by its rules.
    [{}, 0, undefined],
    [{ podSelector: null, policyTypes: null, ingress: null, egress: null }, 0, undefined],
    [{ policyTypes: [] }, 0, undefined],
    [{ ingress: [] }, 0, undefined],
    [{ ingress: [{}] }, 1, undefined],
    [{ egress: [] }, 0, undefined],
    [{ egress: [{}] }, 0, 1],
    [{ policyTypes: [], ingress: [{}], egress: [{}, {}] }, 1, 2],
    // Types by name: rules of the others say nothing.
    [{ policyTypes: ["Ingress"] }, 0, undefined],
    [{ policyTypes: ["Ingress"], egress: [{}] }, 0, undefined],
    [{ policyTypes: ["Egress"] }, undefined, 0],
    [{ policyTypes: ["Egress"], ingress: [{}] }, undefined, 0],
    [{ policyTypes: ["Egress"], egress: [{}] }, undefined, 1],
    [{ policyTypes: ["Egress", "Ingress"] }, 0, 0],
    [{ policyTypes: ["Egress", "Egress"] }, undefined, 0],
  ] as [object, number | undefined, number | undefined][]
) {
  Deno.test(`directions of ${JSON.stringify(spec)}`, () => {
    const policy = read(spec);
    assertEquals([policy.ingress?.length, policy.egress?.length], [ingress, egress]);
  });
}

const term = (key: string, value: string) => [{ key, operator: "In" as const, values: [value] }];
const pods = (namespaces: Peer & { kind: "pods" } extends { pods: infer P } ? P : never): Peer => ({
  kind: "pods",
  pods: namespaces,
});
const app = { matchLabels: { app: "web" } };
const team = { matchLabels: { team: "a" } };

for (
  const [peers, expected] of [
    [undefined, undefined],
    [null, undefined],
    [[], undefined],
    [[{ podSelector: {} }], [pods({ namespaces: { name: "shop" }, pods: [] })]],
    [[{ podSelector: app }], [pods({ namespaces: { name: "shop" }, pods: term("app", "web") })]],
    [[{ podSelector: app, namespaceSelector: null }], [
      pods({ namespaces: { name: "shop" }, pods: term("app", "web") }),
    ]],
    [[{ namespaceSelector: {} }], [pods({ namespaces: { selector: [] }, pods: [] })]],
    [[{ namespaceSelector: team }], [pods({ namespaces: { selector: term("team", "a") }, pods: [] })]],
    // Both in one item: in those namespaces those pods. In two items: either.
    [
      [{ namespaceSelector: team, podSelector: app }],
      [pods({ namespaces: { selector: term("team", "a") }, pods: term("app", "web") })],
    ],
    [
      [{ namespaceSelector: team }, { podSelector: app }],
      [
        pods({ namespaces: { selector: term("team", "a") }, pods: [] }),
        pods({ namespaces: { name: "shop" }, pods: term("app", "web") }),
      ],
    ],
    [
      [{ ipBlock: { cidr: "10.0.0.0/8" }, podSelector: null }],
      [{ kind: "network", cidr: "10.0.0.0/8", except: [] }],
    ],
  ] as [unknown, Peer[] | undefined][]
) {
  Deno.test(`peers ${JSON.stringify(peers)}`, () => {
    assertEquals(read({ ingress: [{ from: peers }] }).ingress?.[0]?.peers, expected);
    assertEquals(read({ egress: [{ to: peers }] }).egress?.[0]?.peers, expected);
  });
}

for (
  const [ports, expected] of [
    [undefined, undefined],
    [null, undefined],
    [[], undefined],
    [[{}], [{ protocol: "tcp", first: 0, last: 65535 }]],
    [[{ protocol: "UDP" }], [{ protocol: "udp", first: 0, last: 65535 }]],
    [[{ protocol: null, port: null, endPort: null }], [{ protocol: "tcp", first: 0, last: 65535 }]],
    [[{ port: 1 }, { port: 65535 }], [{ protocol: "tcp", first: 1, last: 1 }, {
      protocol: "tcp",
      first: 65535,
      last: 65535,
    }]],
    [[{ port: 80, endPort: 90, protocol: "SCTP" }], [{ protocol: "sctp", first: 80, last: 90 }]],
    [[{ port: 80, endPort: 80 }], [{ protocol: "tcp", first: 80, last: 80 }]],
    [[{ port: "http" }], [{ protocol: "tcp", name: "http" }]],
    [[{ port: "dns", protocol: "UDP" }], [{ protocol: "udp", name: "dns" }]],
  ] as [unknown, Port[] | undefined][]
) {
  Deno.test(`ports ${JSON.stringify(ports)}`, () => {
    assertEquals(read({ ingress: [{ ports }] }).ingress?.[0]?.ports, expected);
    assertEquals(read({ egress: [{ ports }] }).egress?.[0]?.ports, expected);
  });
}

const NO_PORT = "it is no port, which is a whole number from 1 to 65535 or a name:";
const NO_NAME = "it is no name of a port, which has at most 15 of a-z, 0-9 and single - between them, with a letter:";
const SPEC = "it is no field of a NetworkPolicy's spec; it has podSelector, policyTypes, ingress, egress";
const EMPTY = "it is empty, and has to have podSelector, namespaceSelector, both, or ipBlock";
const PORT = "spec.ingress[0].ports[0]";
const portsOf = (...ports: unknown[]) => ({ ingress: [{ ports }] });
const fromOf = (...from: unknown[]) => ({ ingress: [{ from }] });

for (
  const [spec, ...errors] of [
    [null, "spec: it is no object: null"],
    [[], "spec: it is no object: a list of 0"],
    ["text", 'spec: it is no object: "text"'],
    [{ ingres: [] }, `spec.ingres: ${SPEC}`],
    [{ Ingress: [] }, `spec.Ingress: ${SPEC}`],
    [{ "pod selector": {} }, `spec["pod selector"]: ${SPEC}`],
    [{ policyTypes: "Ingress" }, 'spec.policyTypes: it is no list: "Ingress"'],
    [
      { policyTypes: ["ingress", null] },
      'spec.policyTypes[0]: it is none of Ingress, Egress: "ingress"',
      "spec.policyTypes[1]: it is none of Ingress, Egress: null",
    ],
    [
      { policyTypes: ["Ingress", "Egress", "Ingress"] },
      "spec.policyTypes: it has to have 0 to 2 items, and has 3",
    ],
    [{ ingress: {} }, "spec.ingress: it is no list: an object"],
    [{ ingress: [null, 5] }, "spec.ingress[0]: it is no object: null", "spec.ingress[1]: it is no object: 5"],
    [{ ingress: [{ to: [] }] }, "spec.ingress[0].to: it is no field of an ingress rule; it has from, ports"],
    [{ egress: [{ from: [] }] }, "spec.egress[0].from: it is no field of an egress rule; it has to, ports"],
    // Checked also where the type is not named.
    [{ policyTypes: ["Ingress"], egress: [{ to: [{}] }] }, `spec.egress[0].to[0]: ${EMPTY}`],
    [fromOf({}, null), `spec.ingress[0].from[0]: ${EMPTY}`, "spec.ingress[0].from[1]: it is no object: null"],
    [fromOf({ podSelector: null }), `spec.ingress[0].from[0]: ${EMPTY}`],
    [
      fromOf({ podSelectors: {} }),
      "spec.ingress[0].from[0].podSelectors: it is no field of a peer; it has podSelector, namespaceSelector, ipBlock",
      `spec.ingress[0].from[0]: ${EMPTY}`,
    ],
    [
      fromOf({ podSelector: {}, ipBlock: { cidr: "x" } }),
      "spec.ingress[0].from[0]: it has podSelector and ipBlock, and ipBlock has to be alone; a list has a place for each",
    ],
    [portsOf(80), `${PORT}: it is no object: 80`],
    [portsOf({ protocol: "tcp" }), `${PORT}.protocol: it is none of TCP, UDP, SCTP: "tcp"`],
    [
      portsOf({ protocol: "ICMP", port: 0 }),
      `${PORT}.protocol: it is none of TCP, UDP, SCTP: "ICMP"`,
      `${PORT}.port: ${NO_PORT} 0`,
    ],
    [portsOf({ port: 65536 }), `${PORT}.port: ${NO_PORT} 65536`],
    [portsOf({ port: -1 }), `${PORT}.port: ${NO_PORT} -1`],
    [portsOf({ port: 80.5 }), `${PORT}.port: ${NO_PORT} 80.5`],
    [portsOf({ port: true }), `${PORT}.port: ${NO_PORT} true`],
    [portsOf({ port: [80] }), `${PORT}.port: ${NO_PORT} a list of 1`],
    [portsOf({ port: "80" }), `${PORT}.port: it is a number in quotes, which makes it a name: "80"`],
    [portsOf({ port: "" }), `${PORT}.port: ${NO_NAME} ""`],
    [portsOf({ port: "HTTP" }), `${PORT}.port: ${NO_NAME} "HTTP"`],
    [portsOf({ port: 80, endPort: 79 }), `${PORT}.endPort: it is below port, 80: 79`],
    [portsOf({ port: 80, endPort: 65536 }), `${PORT}.endPort: it is no whole number from 1 to 65535: 65536`],
    [portsOf({ port: 80, endPort: "90" }), `${PORT}.endPort: it is no whole number from 1 to 65535: "90"`],
    [
      portsOf({ port: 0, endPort: 0 }),
      `${PORT}.port: ${NO_PORT} 0`,
      `${PORT}.endPort: it is no whole number from 1 to 65535: 0`,
    ],
    [portsOf({ endPort: 90 }), `${PORT}.endPort: it is the end of a range that has no port: 90`],
    [portsOf({ port: "http", endPort: 90 }), `${PORT}.endPort: it is the end of a range, and port is a name: 90`],
    [portsOf({ name: "http" }), `${PORT}.name: it is no field of a port of a rule; it has protocol, port, endPort`],
    // What is wrong is told of every part.
    [
      { podSelector: 5, policyTypes: ["x"], ingress: 7, egress: [{ to: [{}], ports: [{ port: 0 }] }] },
      "spec.podSelector: it is no object: 5",
      'spec.policyTypes[0]: it is none of Ingress, Egress: "x"',
      "spec.ingress: it is no list: 7",
      `spec.egress[0].to[0]: ${EMPTY}`,
      `spec.egress[0].ports[0].port: ${NO_PORT} 0`,
    ],
  ] as [unknown, ...string[]][]
) {
  Deno.test(`a NetworkPolicy is refused: ${JSON.stringify(spec)}`, () => {
    assertEquals(wrong(NETWORK_POLICY, JSON.stringify(spec)), errors);
  });
}
