import { assertEquals } from "@std/assert";
import type { Change } from "../../host-funcs/change.ts";
import { netEffect, ownedBy, sharedOf } from "./effect.ts";

const bridge: Change = { kind: "link-created", ns: "host", name: "cni0", linkKind: "bridge" };
const gateway: Change = { kind: "address-added", ns: "host", link: "cni0", cidr: "10.0.0.1/24" };
const veth: Change = { kind: "link-created", ns: "host", name: "veth1", linkKind: "veth" };
const address: Change = { kind: "address-added", ns: "container", link: "eth0", cidr: "10.0.0.2/24" };
const lease: Change = { kind: "lease-acquired", store: "", address: "10.0.0.2", sequence: 1 };
const other: Change = { kind: "lease-acquired", store: "s", address: "10.0.0.2", sequence: 1 };
const forwarded: Change = { kind: "forwarding-set", element: "confined-link", key: "cni0", value: "isolated" };
const masquerade: Change = { kind: "masquerade-added", source: "10.0.0.2", local: [] };
const route: Change = { kind: "route-added", ns: "host", route: { dst: "10.0.0.2/32", link: "veth1", onlink: false } };
const ruleAdded = {
  kind: "rule-added",
  ns: "container",
  rule: { family: "ipv4", source: "10.0.0.2/32", table: 100 },
} satisfies Change;
const ruleRemoved: Change = { ...ruleAdded, kind: "rule-removed", rule: { ...ruleAdded.rule, priority: 32765 } };
const inner: Change = { kind: "route-added", ns: "container", route: { dst: "0.0.0.0/0", onlink: false } };
const sysctl: Change = { kind: "sysctl-set", ns: "host", key: "net/ipv4/ip_forward", before: "0" };
const ports: Change = {
  kind: "port-maps-added",
  maps: [{ protocol: "tcp", hostPort: 8080, address: "10.0.0.2", containerPort: 80 }],
};
const note: Change = { kind: "note-put", key: "k" };
const loUp: Change = { kind: "link-changed", ns: "container", name: "lo", before: { up: false } };
const loDown: Change = { kind: "link-changed", ns: "container", name: "lo", before: { up: true } };
const mtu: Change = { kind: "link-changed", ns: "container", name: "eth0", before: { mtu: 1500 } };

const ifb: Change = { kind: "link-created", ns: "host", name: "bwp1", linkKind: "ifb", mtu: 1400 };
const limit: Change = { kind: "limit-added", link: "veth1", direction: "from-container", rate: 1000, burst: 2000 };
const queued: Change = { ...limit, ifb: "bwp1" };
const received: Change = { ...limit, direction: "to-container" };

Deno.test("ownedBy() has limits of a link that another plugin made; with a link of its own they go by themselves", () => {
  assertEquals(ownedBy([received, ifb, queued]), [received, ifb, queued]);
  assertEquals(ownedBy([veth, received, ifb, queued]), [veth, ifb]);
});

Deno.test("ownedBy() leaves what other pods use", () => {
  assertEquals(
    ownedBy([lease, bridge, gateway, veth, address, route, inner, sysctl, masquerade, ports, note]),
    [lease, veth, route, masquerade, ports],
  );
});

Deno.test("ownedBy() has the loopback link set down again", () => {
  assertEquals(ownedBy([loUp, loDown]), []);
  assertEquals(ownedBy([loUp]), [loUp]);
});

Deno.test("ownedBy() has the settings of the container put back, but for those of a link that goes", () => {
  const ofLink: Change = {
    kind: "sysctl-set",
    ns: "container",
    key: "net/ipv4/conf/eth0/rp_filter",
    before: "0",
    value: "1",
  };
  const ofAll: Change = { ...ofLink, key: "net/core/somaxconn" };
  const pair: Change = { ...veth, peer: { ns: "container", name: "eth0" } };
  assertEquals(ownedBy([mtu, ofLink, ofAll]), [mtu, ofLink, ofAll]);
  assertEquals(ownedBy([pair, mtu, ofLink, ofAll]), [pair, ofAll]);
  assertEquals(ownedBy([{ ...veth, ns: "container", name: "eth0" }, mtu, ofLink]).length, 1);
  const moved: Change = { kind: "link-moved", name: "n1", containerName: "eth0", linkKind: "", index: 3, before: {} };
  assertEquals(ownedBy([moved, mtu, ofLink]), [moved]);
  assertEquals(ownedBy([moved, { kind: "link-deleted", ns: "container", name: "eth0" }]), []);
});

for (
  const [what, changes, expected] of [
    ["a link that was deleted", [veth, { kind: "link-deleted", ns: "host", name: "veth1" }], []],
    ["a link of that name elsewhere", [veth, { kind: "link-deleted", ns: "container", name: "veth1" }], [veth]],
    ["addresses of a deleted link", [address, { kind: "link-deleted", ns: "container", name: "eth0" }], []],
    ["an address", [address, { ...address, kind: "address-removed" }], []],
    ["a route", [route, { ...route, kind: "route-removed" }], []],
    ["leases of one store", [lease, other, { kind: "lease-released", store: "", addresses: ["10.0.0.2"] }], [other]],
    ["a loopback link that was set down again", [loUp, mtu, loDown], [mtu]],
    ["limits of a deleted link", [veth, received, { kind: "link-deleted", ns: "host", name: "veth1" }], []],
    ["a device that the kernel has not", [ifb, queued, { kind: "link-deleted", ns: "host", name: "bwp1" }, limit], [
      limit,
    ]],
    ["the firewall", [masquerade, veth, { kind: "firewall-released" }], [veth]],
    ["what is forwarded", [forwarded, masquerade, { kind: "forwarding-released" }], [masquerade]],
    ["port maps", [masquerade, ports, { kind: "port-maps-released" }], [masquerade]],
    ["no port maps with the firewall", [masquerade, ports, { kind: "firewall-released" }], [ports]],
    ["nothing that came later", [{ kind: "link-deleted", ns: "host", name: "veth1" }, veth], [veth]],
  ] as [string, Change[], Change[]][]
) {
  Deno.test(`netEffect() takes back ${what}`, () => assertEquals(netEffect(changes), expected));
}

const port: Change = {
  ...veth,
  master: "cni0",
  mtu: 1400,
  peer: { ns: "container", name: "eth0", mac: "02:00:00:00:00:05" },
};
const changed = (name: string, after: Record<string, unknown>, ns = "host") =>
  ({ kind: "link-changed", ns, name, before: {}, after }) as Change;
const kernelRoute = {
  kind: "route-removed",
  ns: "container",
  route: { dst: "10.0.0.0/24", link: "eth0", onlink: false },
};

for (
  const [what, changes, expected] of [
    ["a link's attributes, which stand beside it", [port], [
      port,
      changed("veth1", { mtu: 1400, master: "cni0" }),
      changed("eth0", { mtu: 1400, mac: "02:00:00:00:00:05" }, "container"),
    ]],
    ["an ifb, which is up", [ifb], [ifb, changed("bwp1", { up: true, mtu: 1400 })]],
    ["of limits of one direction the last", [received, limit, { ...limit, rate: 9 }], [received, {
      ...limit,
      rate: 9,
    }]],
    ["a bridge, which is up", [bridge], [bridge, changed("cni0", { up: true })]],
    ["of attributes the last", [veth, changed("veth1", { mtu: 9, up: true }), changed("veth1", { mtu: 8 })], [
      veth,
      changed("veth1", { mtu: 8, up: true }),
    ]],
    ["a port that joins another bridge without what it had", [
      changed("veth1", { hairpin: true, up: true }),
      changed("veth1", { master: "cni1" }),
    ], [changed("veth1", { up: true, master: "cni1" })]],
    ["of a parameter the last value, and the first before", [
      { ...sysctl, value: "1" },
      { ...sysctl, before: "1", value: "2" },
    ], [{ ...sysctl, value: "2" }]],
    ["of a parameter that is put back by the same call the earlier value", [
      { ...sysctl, value: "1" },
      { ...sysctl, before: "1" },
    ], [{ ...sysctl, value: "1" }]],
    ["a neighbour that was set twice with what there was before the first", [
      { kind: "neighbor-set", ns: "host", link: "l", address: "10.0.0.9", mac: "02:00:00:00:00:01", permanent: true },
      {
        kind: "neighbor-set",
        ns: "host",
        link: "l",
        address: "10.0.0.9",
        before: { mac: "02:00:00:00:00:01", permanent: true },
        mac: "02:00:00:00:00:02",
        permanent: true,
      },
    ], [{
      kind: "neighbor-set",
      ns: "host",
      link: "l",
      address: "10.0.0.9",
      mac: "02:00:00:00:00:02",
      permanent: true,
    }]],
    ["a masquerade that was replaced", [
      masquerade,
      { ...masquerade, local: ["10.0.0.0/8"], before: [] },
    ], [{ ...masquerade, local: ["10.0.0.0/8"] }]],
    ["the removal of a route that someone else had made", [kernelRoute], [kernelRoute]],
    ["not the removal of one that came again", [kernelRoute, { ...kernelRoute, kind: "route-added" }], [
      { ...kernelRoute, kind: "route-added" },
    ]],
    ["the removal of one, where another way was added", [
      kernelRoute,
      { ...kernelRoute, kind: "route-added", route: { ...kernelRoute.route, gateway: "10.0.0.1" } },
    ], [
      kernelRoute,
      { ...kernelRoute, kind: "route-added", route: { ...kernelRoute.route, gateway: "10.0.0.1" } },
    ]],
    ["no rule that was removed, with the priority that the kernel had chosen", [ruleAdded, ruleRemoved], []],
    ["a rule to another table", [{ ...ruleAdded, rule: { ...ruleAdded.rule, table: 101 } }, ruleRemoved], [
      { ...ruleAdded, rule: { ...ruleAdded.rule, table: 101 } },
    ]],
    ["no route that was removed from the main table by its number", [
      inner,
      { kind: "route-removed", ns: "container", route: { dst: "0.0.0.0/0", table: 254, onlink: false } },
    ], []],
    ["VLANs without those that were set again", [
      { kind: "vlans-removed", name: "veth1", vlans: [{ first: 1, last: 1, pvid: true, untagged: true }] },
      { kind: "vlans-added", name: "veth1", vlans: [{ first: 1, last: 9, pvid: false, untagged: false }] },
    ], [{ kind: "vlans-added", name: "veth1", vlans: [{ first: 1, last: 9, pvid: false, untagged: false }] }]],
    ["nothing of a deleted link", [
      veth,
      changed("veth1", { up: true }),
      { ...sysctl, key: "net/ipv6/conf/veth1/accept_ra" },
      { kind: "link-deleted", ns: "host", name: "veth1" },
    ], []],
  ] as [string, Change[], Change[]][]
) {
  Deno.test(`netEffect() keeps ${what}`, () => assertEquals(netEffect(changes), expected));
}

Deno.test("ownedBy() has a container's rules, which do not go with its link", () => {
  assertEquals(ownedBy([ruleAdded, inner]), [ruleAdded]);
});

Deno.test("ownedBy() leaves the gateway of a VLAN, whose ends are both on the host", () => {
  const vlan: Change = { ...veth, peer: { ns: "host", name: "cni0.100" } };
  assertEquals(ownedBy([vlan, port]), [port]);
  assertEquals(sharedOf([vlan]), [vlan]);
});

Deno.test("sharedOf() is what stays on the host: not the pod's own link, nor what is on it", () => {
  const own: Change = { kind: "address-added", ns: "host", link: "veth1", cidr: "10.0.0.1/32" };
  const proxy: Change = { ...sysctl, key: "net/ipv4/conf/veth1/proxy_arp" };
  const shared = [bridge, changed("cni0", { up: true }), gateway, sysctl];
  const all = [
    lease,
    bridge,
    gateway,
    sysctl,
    veth,
    changed("veth1", { up: true }),
    own,
    proxy,
    address,
    inner,
    masquerade,
  ];
  assertEquals(sharedOf(all), shared);
});
