// Calls of host functions, in scripts: a plan of a node, a node in memory and the kernel must answer them in the same way.

import type * as Addresses from "cnidaria:cni/addresses@0.3.0";
import type * as Links from "cnidaria:cni/links@0.3.0";
import type * as Neighbors from "cnidaria:cni/neighbors@0.3.0";
import type * as Routes from "cnidaria:cni/routes@0.3.0";
import type * as Rules from "cnidaria:cni/rules@0.3.0";
import type * as Sysctl from "cnidaria:cni/sysctl@0.3.0";
import type * as TrafficControl from "cnidaria:cni/traffic-control@0.3.0";
import { createAddresses } from "../../addresses/mod.ts";
import type { HostContext } from "../../context.ts";
import { HostCallError } from "../../error.ts";
import { createLinks } from "../../links/mod.ts";
import { createNeighbors } from "../../neighbors/mod.ts";
import { createRoutes } from "../../routes/mod.ts";
import { createRules } from "../../rules/mod.ts";
import { createSysctl } from "../../sysctl/mod.ts";
import type { TestContext } from "../../test_context.ts";
import { ifbName } from "../../traffic-control/ifb_name.ts";
import { createTrafficControl } from "../../traffic-control/mod.ts";

interface Functions {
  links: typeof Links;
  addresses: typeof Addresses;
  routes: typeof Routes;
  rules: typeof Rules;
  neighbors: typeof Neighbors;
  sysctl: typeof Sysctl;
  traffic: typeof TrafficControl;
}
/** Each line of a script: a name for messages is its own text. */
export type Step = (f: Functions, u: string) => unknown;
export interface Script {
  /** Runs on the node before the plan begins. */
  readonly given?: readonly Step[];
  readonly steps: readonly Step[];
}

const pair: Step = ({ links }, u) => links.createVeth({ peerNs: "container", peerName: "eth0", name: `v${u}` });
const up: Step = ({ links }, u) => {
  links.set("host", `v${u}`, { up: true });
  links.set("container", "eth0", { up: true });
  links.waitRunning("host", `v${u}`, 5_000);
  links.waitRunning("container", "eth0", 5_000);
};
const bridge: Step = ({ links }, u) => links.ensureBridge(`b${u}`, { vlanFiltering: false, defaultVlan: true });
const add = (cidr: string): Step => ({ addresses }) => addresses.add("container", "eth0", { cidr, dad: false });
const route = (value: Partial<Routes.Route>): Routes.Route => ({ dst: "10.9.0.0/16", onlink: false, ...value });
const addRoute = (value: Partial<Routes.Route>): Step => ({ routes }) => routes.add("container", route(value));
const listRoutes: Step = ({ routes }) => routes.list("container", undefined);
const rule = (value: Partial<Rules.Rule>): Rules.Rule => ({ family: "ipv4", table: 100, more: false, ...value });
const addRule = (value: Partial<Rules.Rule>): Step => ({ rules }) => rules.add("container", rule(value));
const removeRule = (value: Partial<Rules.Rule>): Step => ({ rules }) => rules.remove("container", rule(value));
/** In order: `run` sorts lists. */
const listRules: Step = ({ rules }) => JSON.stringify(rules.list("container"));
const getBoth: Step = ({ links }, u) => [links.get("host", `v${u}`), links.get("container", "eth0")];

const slow: TrafficControl.Bandwidth = { rate: 8_000_000n };
const macvlan = (parent: string, name: string): Links.MacvlanOptions => {
  return { parent, name, mode: "bridge", mac: "0a:00:00:00:00:06" };
};
/** Without what takes the kernel its time. */
const list: Step = ({ links }) => links.list("container").map(({ name, kind, mac, mtu }) => ({ name, kind, mac, mtu }));
const onParent = (parent: string, name: string) => ({ parentNs: "host" as const, parent, name });

export const scripts: Record<string, Script> = {
  "a veth pair, as a port of a bridge that is made": {
    steps: [
      bridge,
      bridge,
      ({ links }, u) =>
        links.createVeth({
          peerNs: "container",
          peerName: "eth0",
          name: `v${u}`,
          peerMac: "0A:00:00:00:00:01",
          mtu: 1400,
          master: `b${u}`,
        }),
      ({ links }, u) => links.set("host", `v${u}`, { up: true, hairpin: true, isolated: true }),
      ({ links }) => links.set("container", "eth0", { up: true }),
      ({ links }, u) => links.waitRunning("host", `v${u}`, 5_000),
      ({ links }, u) => links.waitRunning("host", `b${u}`, 5_000),
      getBoth,
      ({ links }, u) => links.set("host", `v${u}`, { master: "", promisc: true }),
      ({ links }, u) => links.get("host", `v${u}`),
      ({ links }, u) => links.delete("host", `v${u}`),
      ({ links }) => links.get("container", "eth0"),
    ],
  },
  "a pair that is there: its names are taken, and it goes as one": {
    given: [pair],
    steps: [
      pair,
      ({ links }, u) => links.createVeth({ peerNs: "container", peerName: "eth9", name: `v${u}` }),
      ({ links }, u) => links.set("host", `v${u}`, { up: true }),
      ({ links }) => links.set("container", "eth0", { up: true, mtu: 1300, mac: "0a:00:00:00:00:02" }),
      ({ links }, u) => links.waitRunning("host", `v${u}`, 5_000),
      getBoth,
      ({ links }) => links.delete("container", "eth0"),
      getBoth,
    ],
  },
  "what a link cannot be": {
    given: [pair],
    steps: [
      ({ links }, u) => links.set("host", `v${u}`, { mtu: 60 }),
      ({ links }, u) => links.set("host", `v${u}`, { mtu: 65536 }),
      ({ links }, u) => links.set("host", `v${u}`, { hairpin: true }),
      ({ links }, u) => links.set("host", `v${u}`, { master: `no${u}` }),
      ({ links }, u) => links.ensureBridge(`v${u}`, { vlanFiltering: false, defaultVlan: true }),
      ({ links }, u) => links.createVeth({ peerNs: "container", peerName: "eth1", master: `no${u}` }),
      ({ links }, u) => links.delete("host", `no${u}`),
      ({ links }) => links.get("host", "a/b"),
      ({ links }, u) => links.createMacvlan({ parent: `no${u}`, name: "m0", mode: "bridge" }),
    ],
  },
  "what a link takes in, and how long its queue is": {
    given: [pair],
    steps: [
      ({ links }) => links.tuning("container", "lo"),
      ({ links }, u) => links.tuning("host", `v${u}`),
      ({ links }) => links.tune("container", "eth0", { allmulti: true, queueLength: 300 }),
      ({ links }) => links.tuning("container", "eth0"),
      ({ links }) => links.set("container", "eth0", { promisc: true, mtu: 1400 }),
      ({ links }) => links.tune("container", "eth0", { allmulti: false }),
      ({ links }) => links.tuning("container", "eth0"),
      ({ links }) => links.tune("container", "eth0", { queueLength: 300 }),
      ({ links }) => links.tune("container", "eth9", { queueLength: 300 }),
      getBoth,
      ({ links }, u) => links.createVeth({ peerNs: "container", peerName: "eth1", name: `w${u}` }),
      ({ links }) => links.tuning("container", "eth1"),
    ],
  },
  "addresses, and the routes that come and go with them": {
    steps: [
      pair,
      add("10.1.0.5/16"),
      listRoutes,
      up,
      listRoutes,
      add("10.1.0.5/16"),
      add("10.2.0.7/32"),
      add("fd00::5/64"),
      add("fd00:1::9/128"),
      listRoutes,
      ({ addresses }) => addresses.list("container", "eth0"),
      ({ addresses }) => addresses.remove("container", "eth0", "10.1.0.5/16"),
      ({ addresses }) => addresses.remove("container", "eth0", "10.1.0.5/16"),
      ({ addresses }) => addresses.settle("container", "eth0", 5_000),
      listRoutes,
      ({ links }) => links.set("container", "eth0", { up: false }),
      listRoutes,
    ],
  },
  "routes that the kernel takes": {
    given: [pair, up, add("10.1.0.5/16"), add("fd00::5/64")],
    steps: [
      addRoute({ dst: "0.0.0.0/0", gateway: "10.1.0.1" }),
      addRoute({ dst: "::/0", gateway: "fd00::1", link: "eth0" }),
      addRoute({ link: "eth0", scope: 253, source: "10.1.0.5" }),
      addRoute({ link: "eth0", scope: 253, dst: "fd09::/64" }),
      addRoute({ link: "eth0", priority: 7, mtu: 1300, advmss: 1200 }),
      addRoute({ gateway: "172.31.0.1", link: "eth0", onlink: true, table: 1000 }),
      addRoute({ gateway: "10.1.0.5", dst: "10.77.0.0/16" }),
      addRoute({ link: "eth0" }),
      listRoutes,
      ({ routes }) => routes.list("container", 1000),
      ({ routes }) => routes.remove("container", route({ dst: "10.1.0.0/16", link: "eth0" })),
      ({ routes }) => routes.remove("container", route({ link: "eth0", priority: 7 })),
      ({ routes }) => routes.remove("container", route({ dst: "10.98.0.0/16", link: "eth0" })),
      listRoutes,
    ],
  },
  "routes that the kernel refuses": {
    given: [pair, add("10.1.0.5/16"), add("fd00::5/64")],
    steps: [
      addRoute({ link: "eth0" }),
      addRoute({ link: "eth0", dst: "fd09::/64" }),
      addRoute({ link: "eth0", gateway: "10.1.0.1" }),
      addRoute({ link: "eth0", gateway: "10.1.0.1", onlink: true }),
      up,
      addRoute({ gateway: "10.8.0.1" }),
      addRoute({ gateway: "10.8.0.1", link: "eth0" }),
      addRoute({ dst: "fd09::/64", gateway: "fd08::1", link: "eth0" }),
      addRoute({ dst: "fd09::/64", gateway: "fd00::5", link: "eth0" }),
      addRoute({ link: "eth0", source: "10.7.0.1" }),
      addRoute({ link: "eth0", dst: "fd09::/64", source: "fd08::1" }),
      addRoute({ link: "nothere" }),
      addRoute({}),
    ],
  },
  "rules, and routes of their tables": {
    given: [pair, up, add("10.1.0.5/16"), add("fd00::5/64"), addRule({ source: "10.7.0.0/16", priority: 40 })],
    steps: [
      listRules,
      addRule({ source: "10.1.0.5/32" }),
      addRule({ source: "10.1.0.5/32" }),
      addRule({ source: "10.1.0.5/32", priority: 7 }),
      addRule({ source: "10.1.0.5/32", priority: 7 }),
      addRule({ source: "10.1.0.6/32", table: 1000 }),
      addRule({ family: "ipv6", source: "FD00::5/128" }),
      addRule({ destination: "10.9.7.7/16", incoming: "eth0", mark: { value: 1, mask: 255 }, priority: 0 }),
      addRule({ incoming: "eth9", mark: { value: 0, mask: 1 }, table: 4294967295 }),
      addRule({ family: "ipv6" }),
      listRules,
      addRoute({ dst: "0.0.0.0/0", gateway: "10.1.0.1", table: 100 }),
      addRoute({ dst: "::/0", gateway: "fd00::1", link: "eth0", table: 1000 }),
      ({ routes }) => routes.listAll("container"),
      removeRule({ source: "10.1.0.5/32" }),
      removeRule({ source: "10.1.0.5/32", priority: 7 }),
      removeRule({ source: "10.1.0.5/32", priority: 7 }),
      removeRule({ source: "10.7.0.0/16", table: 1000 }),
      removeRule({ source: "10.7.0.0/16" }),
      addRule({ source: "10.1.0.5/32", priority: 50 }),
      addRule({ priority: 50 }),
      removeRule({ priority: 50 }),
      listRules,
    ],
  },
  "rules that make no sense": {
    steps: [
      addRule({ source: "10.1.0.5" }),
      addRule({ family: "ipv6", source: "10.1.0.5/32" }),
      addRule({ incoming: "a/b" }),
      addRule({ table: 0 }),
      addRule({ more: true }),
      addRule({ mark: { value: 2, mask: 1 } }),
      addRule({ mark: { value: 0, mask: 0 } }),
    ],
  },
  "VLANs, where the kernel can, and where it cannot": {
    given: [bridge, pair],
    steps: [
      ({ links }, u) => links.ensureBridge(`b${u}`, { vlanFiltering: true, defaultVlan: false }),
      ({ links }, u) => links.set("host", `v${u}`, { master: `b${u}` }),
      ({ links }, u) => links.addVlans(`v${u}`, [{ first: 100, last: 102, pvid: false, untagged: false }]),
      ({ links }, u) => links.removeVlans(`v${u}`, [{ first: 100, last: 102, pvid: false, untagged: false }]),
      ({ links }, u) => links.addVlans(`v${u}`, [{ first: 0, last: 1, pvid: false, untagged: false }]),
    ],
  },
  "neighbours and forwarding entries": {
    given: [bridge, pair, up],
    steps: [
      ({ links }, u) => links.set("host", `v${u}`, { master: `b${u}` }),
      ({ neighbors }) =>
        neighbors.set("container", { address: "10.1.0.1", mac: "0a:00:00:00:00:03", link: "eth0", permanent: true }),
      ({ neighbors }) =>
        neighbors.set("container", { address: "10.1.0.1", mac: "0a:00:00:00:00:04", link: "eth0", permanent: true }),
      // The kernel adds those of its own multicast groups when it gets to it.
      ({ neighbors }) => neighbors.list("container", "eth0").filter(({ permanent }) => permanent),
      ({ neighbors }) => neighbors.remove("container", "eth0", "10.1.0.1"),
      ({ neighbors }) => neighbors.remove("container", "eth0", "10.1.0.1"),
      ({ neighbors }, u) => neighbors.fdbSet({ mac: "0a:00:00:00:00:05", link: `v${u}` }),
      ({ neighbors }, u) => neighbors.fdbSet({ mac: "0a:00:00:00:00:05", link: `v${u}` }),
      ({ neighbors }, u) => neighbors.fdbList(`v${u}`).filter(({ mac }) => mac.startsWith("0a:00:")),
      ({ neighbors }, u) => neighbors.fdbRemove({ mac: "0a:00:00:00:00:05", link: `v${u}` }),
      ({ neighbors }, u) => neighbors.fdbRemove({ mac: "0a:00:00:00:00:05", link: `v${u}` }),
    ],
  },
  "kernel parameters": {
    steps: [
      pair,
      ({ sysctl }) => sysctl.get("container", "net/ipv6/conf/eth0/accept_dad"),
      ({ sysctl }) => sysctl.set("container", "net/ipv6/conf/eth0/accept_dad", "0"),
      ({ sysctl }) => sysctl.get("container", "net/ipv6/conf/eth0/accept_dad"),
      ({ sysctl }) => sysctl.get("container", "net/ipv6/conf/default/accept_dad"),
      ({ sysctl }) => sysctl.set("container", "net/ipv4/conf/eth1/proxy_arp", "1"),
      ({ sysctl }) => sysctl.set("container", "net/ipv4/ip_forward", "1"),
      ({ sysctl }) => sysctl.get("container", "net/ipv4/ip_forward"),
      ({ sysctl }) => sysctl.get("host", "net/core/somaxconn"),
      ({ sysctl }) =>
        sysctl.setAll("container", [
          { key: "net/ipv4/ip_forward", value: "1" },
          { key: "net/ipv4/ping_group_range", value: "0 1000" },
          { key: "net/ipv6/conf/eth0/hop_limit", value: "33" },
        ]),
      ({ sysctl }) => sysctl.get("container", "net/ipv6/conf/eth0/hop_limit"),
      ({ sysctl }) =>
        sysctl.setAll("container", [
          { key: "net/ipv6/conf/eth0/hop_limit", value: "34" },
          { key: "net/ipv6/conf/eth9/hop_limit", value: "34" },
        ]),
      ({ sysctl }) => sysctl.get("container", "net/ipv6/conf/eth0/hop_limit"),
    ],
  },
  "limits of a link": {
    given: [pair],
    steps: [
      ({ traffic }) => traffic.probe(),
      ({ traffic }) => traffic.differences("eth0", { toContainer: slow, fromContainer: slow }),
      ({ traffic }) =>
        traffic.limit("eth0", { toContainer: slow, fromContainer: { rate: 16_000_000n, burst: 160_000n } }),
      ({ traffic }) =>
        traffic.differences("eth0", { toContainer: slow, fromContainer: { ...slow, rate: 16_000_000n } }),
      ({ traffic }) => traffic.differences("eth0", { toContainer: { ...slow, rate: 4_000_000n } }),
      ({ traffic }) => traffic.limit("eth0", { toContainer: slow }),
      ({ traffic }) => traffic.limit("eth0", { fromContainer: slow }),
      ({ traffic }) => traffic.limit("lo", { toContainer: slow }),
      ({ traffic }) => traffic.limit("eth1", { toContainer: slow }),
      ({ traffic }) => traffic.limit("eth0", { toContainer: { rate: 7n } }),
      ({ traffic }) => traffic.limit("eth0", { toContainer: { rate: 8n, burst: 1n << 35n } }),
      ({ links }, u) => links.delete("host", `v${u}`),
    ],
  },
  "a link that is moved into the container, and what cannot be": {
    given: [
      pair,
      bridge,
      ({ links }, u) => links.createVeth({ peerNs: "host", peerName: `d${u}`, name: `e${u}` }),
      ({ links }, u) => links.createVeth({ peerNs: "host", peerName: `p${u}`, name: `q${u}`, master: `b${u}` }),
      ({ links }, u) => links.set("host", `d${u}`, { up: true, mtu: 1400, mac: "0a:00:00:00:00:08" }),
      ({ addresses }, u) => addresses.add("host", `d${u}`, { cidr: "10.44.0.1/24", dad: false }),
    ],
    steps: [
      ({ links }, u) => links.moveToContainer({ tag: "name", val: `d${u}` }, "eth0"),
      ({ links }, u) => links.moveToContainer({ tag: "name", val: `d${u}` }, "a/b"),
      ({ links }, u) => links.moveToContainer({ tag: "name", val: `no${u}` }, "eth1"),
      ({ links }, u) => links.moveToContainer({ tag: "name", val: `q${u}` }, "eth1"),
      ({ links }, u) => links.moveToContainer({ tag: "name", val: `b${u}` }, "eth1"),
      ({ links }) => links.moveToContainer({ tag: "name", val: "lo" }, "eth1"),
      ({ links }) => links.moveToContainer({ tag: "mac", val: "0a:00:00:00:00:09" }, "eth1"),
      ({ links }) => links.moveToContainer({ tag: "bus-id", val: "../x" }, "eth1"),
      ({ links }) => links.moveToContainer({ tag: "kernel-path", val: "/sys/class/net" }, "eth1"),
      ({ links }) => links.moveToContainer({ tag: "mac", val: "0A:00:00:00:00:08" }, "eth1"),
      ({ links }, u) => links.get("host", `d${u}`),
      ({ links }) => links.set("container", "eth1", { up: true }),
      ({ links }, u) => links.set("host", `e${u}`, { up: true }),
      ({ links }, u) => links.waitRunning("host", `e${u}`, 5_000),
      ({ addresses }) => addresses.list("container", "eth1"),
      ({ addresses }) => addresses.add("container", "eth1", { cidr: "10.45.0.1/24", dad: false }),
      listRoutes,
      ({ links }) => links.list("container"),
      ({ links }, u) => links.delete("host", `e${u}`),
      ({ links }) => links.get("container", "eth1"),
    ],
  },
  "an announcement": {
    given: [pair, up, add("10.1.0.5/16")],
    steps: [
      ({ neighbors }) => neighbors.announce("container", "eth0", "10.1.0.5"),
      ({ sysctl }) => sysctl.get("container", "net/ipv4/conf/eth0/arp_notify"),
      ({ links }) => links.set("container", "eth0", { up: false }),
      ({ neighbors }) => neighbors.announce("container", "eth0", "10.1.0.5"),
    ],
  },
  "the loopback link": {
    steps: [
      ({ links }) => links.get("container", "lo"),
      ({ links }) => links.set("container", "lo", { up: true }),
      ({ addresses }) => addresses.list("container", "lo"),
      ({ links }) => links.get("container", "lo"),
    ],
  },
  "macvlans of both namespaces": {
    given: [pair, up],
    steps: [
      ({ links }, u) => links.createMacvlanOn("host", { ...macvlan(`v${u}`, "m0"), mtu: 1400 }, 500),
      ({ links }) => links.getChild("container", "m0"),
      ({ links }, u) => links.createMacvlanOn("host", macvlan(`v${u}`, "m1"), undefined),
      ({ links }) => links.set("container", "m0", { up: true }),
      ({ links }) => links.set("container", "m1", { up: true }),
      ({ links }) => links.set("container", "m1", { up: true, mac: "0a:00:00:00:00:08" }),
      ({ links }) => [links.get("container", "m0"), links.get("container", "m1")],
      ({ links }, u) => links.createMacvlanOn("host", { ...macvlan(`v${u}`, "m2"), mtu: 1501 }, undefined),
      ({ links }, u) => links.createMacvlanOn("host", { ...macvlan(`v${u}`, "m2"), mode: "passthru" }, undefined),
      ({ links }) => links.createMacvlanOn("host", macvlan("lo", "m2"), undefined),
      // On the parent's parent.
      ({ links }) => links.createMacvlanOn("container", { ...macvlan("m0", "m2"), mtu: 1450 }, undefined),
      ({ links }) => links.createMacvlanOn("container", macvlan("m0", "m2"), undefined),
      ({ links }) => links.createMacvlanOn("container", { ...macvlan("eth0", "m3"), mode: "passthru" }, undefined),
      ({ links }) => links.getChild("container", "m3"),
      ({ links }) => links.createMacvlanOn("container", macvlan("eth0", "m4"), undefined),
      ({ links }) => links.get("container", "m3").mac === links.get("container", "eth0").mac,
      ({ links }, u) => links.set("host", `v${u}`, { mtu: 1300 }),
      list,
      ({ links }) => links.getChild("container", "eth0"),
      ({ links }, u) => links.delete("host", `v${u}`),
      list,
    ],
  },
  "a macvlan that has the name of a link of its parent's namespace, and one on a bridge's port": {
    given: [pair, up, bridge],
    steps: [
      ({ links }, u) => links.createMacvlanOn("host", macvlan(`v${u}`, `b${u}`), undefined),
      list,
      ({ links }, u) => links.set("container", `b${u}`, { up: true, mtu: 1400 }),
      ({ links }, u) => links.delete("container", `b${u}`),
      ({ links }, u) => links.set("host", `v${u}`, { master: `b${u}` }),
      ({ links }, u) => links.createMacvlanOn("host", macvlan(`v${u}`, "m0"), undefined),
    ],
  },
  // Where the kernel lacks them, both say so.
  "ipvlans and VLAN devices": {
    given: [pair],
    steps: [
      ({ links }) => [links.supports("ipvlan"), links.supports("vlan")],
      ({ links }, u) => links.createVlan({ ...onParent(`v${u}`, "x0"), id: 4095 }),
      ({ links }, u) => links.createVlan({ ...onParent(`v${u}`, "x0"), id: 5, mtu: 1501 }),
      ({ links }, u) => links.createVlan({ ...onParent(`v${u}`, "x0"), id: 5 }),
      ({ links }, u) => links.createVlan({ ...onParent(`v${u}`, "x1"), id: 5 }),
      ({ links }, u) => links.createVlan({ ...onParent(`v${u}`, "x1"), id: 6, mtu: 1400 }),
      ({ links }) => [links.getChild("container", "x0"), links.getChild("container", "x1")],
      ({ links }) => links.set("container", "x0", { up: true }),
      up,
      ({ links }) => links.set("container", "x0", { up: true }),
      ({ links }, u) => links.createIpvlan({ ...onParent(`v${u}`, "x2"), mode: "l2" }),
      ({ links }, u) => links.createIpvlan({ ...onParent(`v${u}`, "x3"), mode: "l3s", mtu: 1400 }),
      ({ links }) => [links.getChild("container", "x2"), links.getChild("container", "x3")],
      ({ links }, u) => links.createMacvlanOn("host", macvlan(`v${u}`, "x4"), undefined),
      ({ links }, u) => links.get("container", "x2").mac === links.get("host", `v${u}`).mac,
      list,
    ],
  },
  "macvlan and VXLAN devices": {
    given: [pair, up],
    steps: [
      ({ links }, u) => links.createMacvlan({ parent: `v${u}`, name: "m0", mode: "bridge", mac: "0a:00:00:00:00:06" }),
      ({ links }, u) => links.createMacvlan({ parent: `v${u}`, name: "m0", mode: "bridge" }),
      ({ links }, u) =>
        links.ensureVxlan(`x${u}`, { vni: 4242, port: 8472, local: "192.0.2.1", learning: false, mtu: 1450 }),
      ({ links }, u) =>
        links.ensureVxlan(`x${u}`, { vni: 4242, port: 8472, local: "192.0.2.1", learning: false, mtu: 1450 }),
      ({ neighbors }, u) => neighbors.fdbSet({ mac: "0a:00:00:00:00:07", link: `x${u}`, dst: "192.0.2.2" }),
      ({ neighbors }, u) => neighbors.fdbList(`x${u}`).filter(({ mac }) => mac.startsWith("0a:00:")),
    ],
  },
};

/** What each step answers, or the error that it ends with. */
export function run(context: HostContext, steps: readonly Step[], unique: string): string[] {
  const functions = {
    links: createLinks(context),
    addresses: createAddresses(context),
    routes: createRoutes(context),
    rules: createRules(context),
    neighbors: createNeighbors(context),
    sysctl: createSysctl(context),
    traffic: createTrafficControl(context),
  };
  return steps.map((step) => {
    try {
      return `${step}: ${JSON.stringify(plain(step(functions, unique)))}`;
    } catch (error) {
      if (!(error instanceof HostCallError)) throw error;
      return `${step}: ${JSON.stringify(plain(error.payload))}`;
    }
  });
}

/** Without what only the kernel knows (indexes, MACs that nobody gave) or adds in its own time (link-local addresses). */
// deno-lint-ignore no-explicit-any
export function plain(value: any): any {
  if (typeof value === "string") {
    if (/^([0-9a-f]{2}:){5}/.test(value)) return /^0[0a]:00:/.test(value) ? value : "MAC";
    return value.replace(/veth[0-9a-f]{8}/, "a random veth").replace(/bwp[0-9a-f]{12}/, "an ifb")
      .replace(/new-[0-9a-f]{8}/, "a random name");
  }
  if (Array.isArray(value)) {
    return value.map(plain).filter((it) => !/fe80::/.test(JSON.stringify(it) ?? ""))
      .toSorted((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== "index" && key !== "peerIndex").toSorted();
  return Object.fromEntries(entries.map(([key, it]) => [key, plain(it)]));
}

/** What a script left in the namespace that all tests share. */
export function remove(context: TestContext): void {
  const links = createLinks(context);
  for (const { name } of links.list("host")) {
    if (!name.endsWith(context.unique) && name !== ifbName(context.attachment)) continue;
    try {
      links.delete("host", name);
    } catch (error) {
      if (!(error instanceof HostCallError) || error.code !== "not-found") throw error;
    }
  }
}
