import { assertEquals, assertThrows } from "@std/assert";
import type { Change } from "./change.ts";
import { describe } from "./describe.ts";
import { differencesOf, redo } from "./drift.ts";
import { Reading } from "./reading.ts";
import { networkTest } from "./test_context.ts";

/** What only took something away, or belongs to a plugin: there is nothing to compare. */
const WITHOUT: Change[] = [
  { kind: "link-deleted", ns: "host", name: "veth0" },
  { kind: "address-removed", ns: "host", link: "cni0", cidr: "10.1.0.1/24" },
  {
    kind: "neighbor-removed",
    ns: "host",
    link: "cni0",
    address: "10.1.0.5",
    mac: "02:00:00:00:00:01",
    permanent: true,
  },
  { kind: "rule-removed", ns: "container", rule: { family: "ipv4", source: "10.1.0.5/32", priority: 9, table: 100 } },
  { kind: "fdb-removed", link: "cni0", mac: "02:00:00:00:00:01" },
  { kind: "lease-released", store: "", addresses: ["10.1.0.5"] },
  { kind: "firewall-released" },
  { kind: "forwarding-released" },
  { kind: "port-maps-released" },
];

networkTest("what only took something away has no differences, and is not done again", (context) => {
  for (const change of WITHOUT) {
    assertEquals(differencesOf(new Reading(context), change), [], change.kind);
    redo(context, change);
    assertEquals(describe(change), undefined, change.kind);
  }
  assertEquals(differencesOf(new Reading(context), { kind: "note-put", key: "k" }), []);
});

networkTest("a part is read once, and anew by another reading", (context) => {
  let reads = 0;
  const now = new Reading(context);
  for (let times = 0; times < 3; times++) assertEquals(now.once("part", () => ++reads), 1);
  assertEquals(new Reading(context).once("part", () => ++reads), 2);
});

networkTest("a change that a later version recorded is refused by name", (context) => {
  const change = { kind: "time-travelled" } as unknown as Change;
  assertThrows(() => differencesOf(new Reading(context), change), Error, "time-travelled");
  assertThrows(() => redo(context, change), Error, "time-travelled");
  assertEquals(describe(change), undefined);
});

const descriptions: [Change, string][] = [
  [
    { kind: "forwarding-set", element: "forwarded-pod", key: "10.1.0.5", value: "admin" },
    "firewall: 10.1.0.5 by chain admin",
  ],
  [
    { kind: "forwarding-set", element: "confined-link", key: "cni0", value: "isolated" },
    "firewall: cni0 (host): ingress isolated",
  ],
  [
    { kind: "forwarding-set", element: "isolated-port", key: "veth1", value: "" },
    "firewall: port veth1 (host) isolated",
  ],
  [
    { kind: "link-created", ns: "host", name: "veth0", linkKind: "veth", peer: { ns: "container", name: "eth0" } },
    "links: veth0 (host): veth with eth0 (container)",
  ],
  [
    { kind: "link-changed", ns: "host", name: "veth0", before: {}, after: { up: true, master: "cni0" } },
    "links: veth0 (host): up on, master cni0",
  ],
  [
    { kind: "limit-added", link: "veth0", direction: "to-container", rate: 1_000_000, burst: 15_140 },
    "limits: 8 Mbit/s to the container by veth0 (host)",
  ],
  [
    { kind: "limit-added", link: "veth0", direction: "from-container", rate: 1_000_000, burst: 15_140, ifb: "bwp0" },
    "limits: 8 Mbit/s from the container by veth0 (host) on bwp0",
  ],
  [
    { kind: "address-added", ns: "container", link: "eth0", cidr: "10.1.0.5/24" },
    "addresses: 10.1.0.5/24 of eth0 (container)",
  ],
  [
    {
      kind: "route-added",
      ns: "container",
      route: { dst: "0.0.0.0/0", gateway: "10.1.0.1", link: "eth0", onlink: false },
    },
    "routes: 0.0.0.0/0 via 10.1.0.1 by eth0 (container)",
  ],
  [
    { kind: "rule-added", ns: "container", rule: { family: "ipv4", source: "10.1.0.5/32", table: 100 } },
    "rules: from 10.1.0.5/32 lookup 100 (container)",
  ],
  [{ kind: "lease-acquired", store: "", address: "10.1.0.5", sequence: 1 }, "leases: 10.1.0.5"],
  [{ kind: "masquerade-added", source: "10.1.0.5", local: [] }, "firewall: masquerade 10.1.0.5 but for nothing"],
  [
    {
      kind: "port-maps-added",
      maps: [
        { protocol: "tcp", hostPort: 8080, address: "10.1.0.5", containerPort: 80 },
        { protocol: "udp", hostAddress: "fd00::1", hostPort: 53, address: "fd00::5", containerPort: 53 },
      ],
    },
    "firewall: tcp port 8080 (IPv4) to 10.1.0.5:80, udp port 53 of fd00::1 to [fd00::5]:53",
  ],
  [
    { kind: "sysctl-set", ns: "host", key: "net/ipv4/ip_forward", before: "0", value: "1" },
    "kernel parameters: net/ipv4/ip_forward (host) is 1",
  ],
];

for (const [change, expected] of descriptions) {
  Deno.test(`describe() of ${change.kind} is "${expected}"`, () => {
    const { sort, text } = describe(change)!;
    assertEquals(`${sort}: ${text}`, expected);
  });
}
