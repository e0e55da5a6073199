// Scripts about links: what they can be, what they take in, what limits them.

import type * as Links from "cnidaria:cni/links@0.3.0";
import type * as TrafficControl from "cnidaria:cni/traffic-control@0.3.0";
import { bridge, listRoutes, pair, type Script, type Step, up } from "./script.ts";

const getBoth: Step = ({ links }, u) => [links.get("host", `v${u}`), links.get("container", "eth0")];
const slow: TrafficControl.Bandwidth = { rate: 8_000_000n };
const macvlan = (parent: string, name: string): Links.MacvlanOptions => {
  return { parent, name, mode: "bridge", mac: "0a:00:00:00:00:06" };
};
/** Without what takes the kernel its time. */
const list: Step = ({ links }) => links.list("container").map(({ name, kind, mac, mtu }) => ({ name, kind, mac, mtu }));
const onParent = (parent: string, name: string) => ({ parentNs: "host" as const, parent, name });

export const linkScripts: Record<string, Script> = {
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
