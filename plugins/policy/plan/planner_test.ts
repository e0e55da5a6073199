// What policies let through, judged on the table that their plan makes; and how little a change of the world changes.

import { assert, assertEquals } from "@std/assert";
import { Evaluator } from "../../../runtime/policy/evaluate.ts";
import { Planned } from "./testing.ts";

const WEB = { app: "web" };
const DB = { app: "db" };

function shop(): Planned {
  return new Planned()
    .namespace("shop", { team: "a" })
    .namespace("lab", { team: "b" })
    .pod("shop/web", WEB, ["10.0.0.1", "fd00::1"], { ports: [{ name: "http", protocol: "TCP", port: 8080 }] })
    .pod("shop/db", DB, ["10.0.0.2", "fd00::2"])
    .pod("lab/db", DB, ["10.0.0.3", "fd00::3"], { local: false })
    .node("n1", { role: "edge" }, ["192.168.0.1"]);
}

/** `from to protocol/port` */
function passes({ table }: Planned, packet: string): boolean {
  const [source, destination, service] = packet.split(" ") as [string, string, string];
  const [protocol, port] = service.split("/") as [string, string];
  return new Evaluator(table).judge({ source, destination, protocol, destinationPort: Number(port) }).allowed;
}

const ALL_TO_WEB = { podSelector: { matchLabels: WEB }, policyTypes: ["Ingress"] };
const admin = (action: string, rest: object = {}) => ({
  tier: "Admin",
  priority: 10,
  subject: { pods: { podSelector: { matchLabels: WEB } } },
  ingress: [{ action, from: [{ namespaces: {} }] }],
  ...rest,
});

const CASES: [what: string, make: (world: Planned) => Planned, allowed: string[], dropped: string[]][] = [
  ["no policy", (world) => world, ["10.0.0.2 10.0.0.1 tcp/80", "8.8.8.8 10.0.0.1 tcp/80"], []],
  [
    "isolation of one direction",
    (world) => world.network("shop/p", ALL_TO_WEB),
    ["10.0.0.1 10.0.0.2 tcp/80", "10.0.0.1 10.0.0.1 tcp/80", "fd00::1 fd00::1 tcp/80"],
    ["10.0.0.2 10.0.0.1 tcp/80", "fd00::2 fd00::1 tcp/80", "8.8.8.8 10.0.0.1 udp/1"],
  ],
  [
    "pods of the own namespace, in both families",
    (world) => world.network("shop/p", { ...ALL_TO_WEB, ingress: [{ from: [{ podSelector: { matchLabels: DB } }] }] }),
    ["10.0.0.2 10.0.0.1 tcp/80", "fd00::2 fd00::1 udp/9"],
    ["10.0.0.3 10.0.0.1 tcp/80", "fd00::3 fd00::1 tcp/80"],
  ],
  [
    "two policies add up",
    (world) =>
      world.network("shop/p", ALL_TO_WEB).network("shop/q", {
        ...ALL_TO_WEB,
        ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: "b" } } }] }],
      }),
    ["10.0.0.3 10.0.0.1 tcp/80"],
    ["10.0.0.2 10.0.0.1 tcp/80"],
  ],
  [
    "ports: a range, a name, another protocol",
    (world) =>
      world.network("shop/p", { ...ALL_TO_WEB, ingress: [{ ports: [{ port: "http" }, { port: 90, endPort: 95 }] }] }),
    ["10.0.0.2 10.0.0.1 tcp/8080", "fd00::2 fd00::1 tcp/8080", "10.0.0.2 10.0.0.1 tcp/95"],
    ["10.0.0.2 10.0.0.1 udp/8080", "10.0.0.2 10.0.0.1 tcp/96", "10.0.0.2 10.0.0.1 tcp/80"],
  ],
  [
    "a named port that no pod has matches nothing",
    (world) => world.network("shop/p", { ...ALL_TO_WEB, ingress: [{ ports: [{ port: "nowhere" }] }] }),
    [],
    ["10.0.0.2 10.0.0.1 tcp/8080"],
  ],
  [
    "networks with exceptions that overlap",
    (world) =>
      world.network("shop/p", {
        ...ALL_TO_WEB,
        ingress: [{
          from: [{ ipBlock: { cidr: "8.0.0.0/8", except: ["8.8.0.0/16"] } }, { ipBlock: { cidr: "8.8.4.0/24" } }],
        }],
      }),
    ["8.7.255.255 10.0.0.1 tcp/1", "8.8.4.7 10.0.0.1 tcp/1", "8.9.0.0 10.0.0.1 tcp/1"],
    ["8.8.8.8 10.0.0.1 tcp/1", "9.0.0.0 10.0.0.1 tcp/1", "fd00::2 fd00::1 tcp/1"],
  ],
  [
    "an admin's denial goes before what a NetworkPolicy allows",
    (world) => world.network("shop/p", { ...ALL_TO_WEB, ingress: [{}] }).cluster("c", admin("Deny")),
    ["8.8.8.8 10.0.0.1 tcp/1"],
    ["10.0.0.2 10.0.0.1 tcp/1"],
  ],
  [
    "what an admin accepts no NetworkPolicy isolates from",
    (world) => world.network("shop/p", ALL_TO_WEB).cluster("c", admin("Accept")),
    ["10.0.0.2 10.0.0.1 tcp/1"],
    ["8.8.8.8 10.0.0.1 tcp/1"],
  ],
  [
    "what an admin passes NetworkPolicies judge, and no later admin's rule",
    (world) =>
      world.network("shop/p", { ...ALL_TO_WEB, ingress: [{ from: [{ podSelector: {} }] }] })
        .cluster("c", admin("Pass")).cluster("d", admin("Deny", { priority: 20 })),
    ["10.0.0.2 10.0.0.1 tcp/1"],
    ["10.0.0.3 10.0.0.1 tcp/1"],
  ],
  [
    "of two with one priority the first name judges",
    (world) => world.cluster("b", admin("Deny")).cluster("a", admin("Accept")),
    ["10.0.0.2 10.0.0.1 tcp/1"],
    [],
  ],
  [
    "the lower priority judges first, whatever the names",
    (world) => world.cluster("a", admin("Deny", { priority: 20 })).cluster("b", admin("Accept")),
    ["10.0.0.2 10.0.0.1 tcp/1"],
    [],
  ],
  [
    "the baseline judges whom no NetworkPolicy selects",
    (world) => world.cluster("c", admin("Deny", { tier: "Baseline" })),
    ["8.8.8.8 10.0.0.1 tcp/1"],
    ["10.0.0.2 10.0.0.1 tcp/1"],
  ],
  [
    "the baseline rests where a NetworkPolicy selects",
    (world) =>
      world.cluster("c", admin("Deny", { tier: "Baseline" })).network("shop/p", { ...ALL_TO_WEB, ingress: [{}] }),
    ["10.0.0.2 10.0.0.1 tcp/1"],
    [],
  ],
  [
    "what an admin accepts to leave has yet to be let in",
    (world) =>
      world.network("shop/p", ALL_TO_WEB).cluster("c", {
        tier: "Admin",
        priority: 1,
        subject: { namespaces: {} },
        egress: [{ action: "Accept", to: [{ namespaces: {} }] }],
      }),
    ["10.0.0.1 10.0.0.2 tcp/1"],
    ["10.0.0.2 10.0.0.1 tcp/1"],
  ],
  [
    "nodes as peers",
    (world) =>
      world.cluster("c", {
        tier: "Admin",
        priority: 1,
        subject: { namespaces: {} },
        egress: [{ action: "Deny", to: [{ nodes: { matchLabels: { role: "edge" } } }] }],
      }),
    ["10.0.0.1 192.168.0.2 tcp/1"],
    ["10.0.0.1 192.168.0.1 tcp/1"],
  ],
  [
    "a namespace that nobody told of has its name as label",
    (world) =>
      world.pod("new/a", {}, ["10.0.0.9"], { local: false }).network("shop/p", {
        ...ALL_TO_WEB,
        ingress: [{ from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "new" } } }] }],
      }),
    ["10.0.0.9 10.0.0.1 tcp/1"],
    ["10.0.0.2 10.0.0.1 tcp/1"],
  ],
];

for (const [what, make, allowed, dropped] of CASES) {
  Deno.test(`plan: ${what}`, () => {
    const world = make(shop());
    world.plan();
    for (const packet of allowed) assert(passes(world, packet), `${packet} is dropped`);
    for (const packet of dropped) assert(!passes(world, packet), `${packet} passes`);
  });
}

Deno.test("an address that two pods have for a moment is the newest one's, and a late word of the other changes nothing", () => {
  const world = shop().network("shop/p", {
    ...ALL_TO_WEB,
    ingress: [{ from: [{ podSelector: { matchLabels: DB } }] }],
  });
  world.pod("shop/old", {}, ["10.0.0.8"], { local: false }).pod("shop/new", DB, ["10.0.0.8"], { local: false }).plan();
  assert(passes(world, "10.0.0.8 10.0.0.1 tcp/1"));
  assertEquals(world.pod("shop/old", { terminating: "yes" }, ["10.0.0.8"], { local: false }).plan(), []);
  assertEquals(world.podGone("shop/old").plan(), []);
  world.podGone("shop/new").plan();
  assert(!passes(world, "10.0.0.8 10.0.0.1 tcp/1"));
});

Deno.test("an address that a pod on this node has is that one's, even if another one's is newer", () => {
  const world = shop().network("shop/p", ALL_TO_WEB);
  world.pod("lab/late", {}, ["10.0.0.1"], { local: false }).plan();
  assert(!passes(world, "10.0.0.2 10.0.0.1 tcp/1"));
  world.podGone("shop/web").plan();
  assert(passes(world, "10.0.0.2 10.0.0.1 tcp/1"));
});

Deno.test("a pod that comes changes the elements that differ, and nothing else", () => {
  const world = shop().network("shop/p", {
    ...ALL_TO_WEB,
    ingress: [{ from: [{ podSelector: { matchLabels: DB } }] }],
  });
  world.plan();
  const changes = world.pod("shop/db2", DB, ["10.0.0.20"], { local: false }).plan();
  assertEquals(changes.map((change) => change.tag === "put-elements" && change.val.elements), [[{ key: "10.0.0.20" }]]);
  assertEquals(world.pod("shop/db2", { ...DB, more: "x" }, ["10.0.0.20"], { local: false }).plan(), []);
});

Deno.test("with the last policy goes everything that was made for it", () => {
  const world = shop();
  world.plan();
  const [sets, chains] = [world.table.sets.size, world.table.chains.size];
  world.network("shop/p", { ...ALL_TO_WEB, ingress: [{ from: [{ podSelector: {} }], ports: [{ port: "http" }] }] });
  world.cluster("c", admin("Pass")).plan();
  assert(world.table.chains.size > chains);
  world.planner.policyGone({ kind: "network-policy", namespace: "shop", name: "p" });
  world.planner.policyGone({ kind: "cluster-network-policy", namespace: "", name: "c" });
  world.plan();
  assertEquals([world.table.sets.size, world.table.chains.size, world.table.counters.size], [sets, chains, 0]);
});

Deno.test("a drop is counted, said in full, and logged by the place of its rule", () => {
  const world = new Planned({ logGroup: 7, logPerSecond: 3 }).pod("shop/web", WEB, ["10.0.0.1"]);
  world.network("shop/p", ALL_TO_WEB).network("shop/q", ALL_TO_WEB).plan();
  const [chain] = [...world.table.chains.values()].filter(({ name }) => name.startsWith("ingress-"));
  const [log, drop] = chain!.rules;
  assertEquals(log!.matches, [{ tag: "at-most", val: 3 }]);
  assertEquals(log!.statements, [{ tag: "log", val: { group: 7, prefix: `${chain!.name} 1`, snaplen: 128 } }]);
  assertEquals(drop!.comment, "isolated by NetworkPolicy shop/p, shop/q");
  assertEquals(drop!.statements[0], { tag: "counter", val: `drop.${chain!.name}` });
});
