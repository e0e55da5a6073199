import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Ns } from "cnidaria:cni/types@0.3.0";
import { createAddresses } from "../addresses/mod.ts";
import type { HostCallError } from "../error.ts";
import { createLinks } from "../links/mod.ts";
import { networkTest, type TestContext } from "../test_context.ts";
import { undo } from "../undo.ts";
import { createNeighbors } from "./mod.ts";

function withPair(context: TestContext) {
  const links = createLinks(context);
  const addresses = createAddresses(context);
  const { host, peer } = links.createVeth({ peerNs: "container", peerName: "eth0" });
  links.set("host", host.name, { up: true });
  links.set("container", "eth0", { up: true });
  addresses.add("host", host.name, { cidr: "10.1.0.1/16", dad: false });
  addresses.add("host", host.name, { cidr: "fd00::1/64", dad: false });
  addresses.add("container", "eth0", { cidr: "10.1.0.5/16", dad: false });
  addresses.add("container", "eth0", { cidr: "fd00::5/64", dad: false });
  context.changes.length = 0;
  return { neighbors: createNeighbors(context), host, peer, remove: () => links.delete("host", host.name) };
}

function lladdr(context: TestContext, ns: Ns, link: string, address: string) {
  const entries = context.ip(ns, "neigh", "show", "dev", link);
  const entry = entries.find(({ dst }: { dst: string }) => dst === address);
  return entry && [entry.lladdr, ...entry.state];
}

networkTest("set(), list() and remove() of neighbours", (context) => {
  const { neighbors, remove } = withPair(context);
  const link = "eth0";
  for (const address of ["10.1.0.9", "fd00::9"]) {
    context.changes.length = 0;
    const first = { address, mac: "02:00:00:00:00:09", link, permanent: true };
    neighbors.set("container", first);
    assertEquals(lladdr(context, "container", link, address), ["02:00:00:00:00:09", "PERMANENT"]);
    neighbors.set("container", first);
    neighbors.set("container", { ...first, mac: "02:00:00:00:00:0A", permanent: false });
    assertEquals(lladdr(context, "container", link, address), ["02:00:00:00:00:0a", "REACHABLE"]);
    assertEquals(
      neighbors.list("container", link).filter((entry) => entry.address === address),
      [{ address, mac: "02:00:00:00:00:0a", link, permanent: false }],
    );
    neighbors.remove("container", link, address);
    assertEquals(neighbors.list("container", link).filter((entry) => entry.address === address), []);
    const gone: unknown = assertThrows(() => neighbors.remove("container", link, address));
    assertEquals((gone as HostCallError).code, "not-found");
    assertEquals(context.changes, [
      { kind: "neighbor-set", ns: "container", link, address, mac: "02:00:00:00:00:09", permanent: true },
      {
        kind: "neighbor-set",
        ns: "container",
        link,
        address,
        before: { mac: "02:00:00:00:00:09", permanent: true },
        mac: "02:00:00:00:00:0a",
        permanent: false,
      },
      { kind: "neighbor-removed", ns: "container", link, address, mac: "02:00:00:00:00:0a", permanent: false },
    ]);
  }
  remove();
});

for (const address of ["10.1.0.5", "fd00::5"]) {
  networkTest(`announce() of ${address} corrects what the other end believes`, (context) => {
    const { neighbors, host, peer, remove } = withPair(context);
    const arguments_ = ["neigh", "replace", address, "lladdr", "02:00:00:00:00:66", "dev", host.name, "nud", "stale"];
    context.command("host", "ip", arguments_);
    const kept = { address: "10.1.0.1", mac: "02:00:00:00:00:01", link: "eth0", permanent: true };
    neighbors.set("container", kept);
    context.changes.length = 0;
    neighbors.announce("container", "eth0", address);
    assertEquals(neighbors.list("container", "eth0").filter((neighbor) => neighbor.permanent), [kept]);
    const deadline = performance.now() + 2000;
    while (lladdr(context, "host", host.name, address)?.[0] !== peer.mac) {
      assert(performance.now() < deadline, `still ${lladdr(context, "host", host.name, address)}`);
    }
    // The kernel's switch is as it was.
    const key = address.includes(":") ? "ipv6/conf/eth0/ndisc_notify" : "ipv4/conf/eth0/arp_notify";
    assertEquals(context.command("container", "cat", [`/proc/sys/net/${key}`]), 0);
    assertEquals(context.changes, [{ kind: "sysctl-set", ns: "container", key: `net/${key}`, before: "0" }]);
    remove();
  });
}

networkTest("announce() needs a link that is up", (context) => {
  const { neighbors, remove } = withPair(context);
  context.command("container", "ip", ["link", "set", "eth0", "down"]);
  assertThrows(() => neighbors.announce("container", "eth0", "10.1.0.5"), Error, "the link is down");
  assertThrows(() => neighbors.announce("container", "eth0", "10.1.0"), Error, "as an IP address");
  remove();
});

networkTest("forwarding entries of a bridge's port", (context) => {
  const links = createLinks(context);
  const neighbors = createNeighbors(context);
  const bridge = `br${context.unique}`;
  links.ensureBridge(bridge, { vlanFiltering: false, defaultVlan: true });
  const { host } = links.createVeth({ peerNs: "container", peerName: "eth0", master: bridge });
  const entry = { mac: "02:00:00:00:00:77", link: host.name };
  context.changes.length = 0;
  neighbors.fdbSet({ ...entry, mac: entry.mac.toUpperCase() });
  neighbors.fdbSet(entry);
  assertEquals(context.changes, [{ kind: "fdb-set", ...entry }]);
  const seen = context.command("host", "bridge", ["-j", "fdb", "show", "dev", host.name])
    .find(({ mac }: { mac: string }) => mac === entry.mac);
  assertEquals([seen.master, seen.state], [bridge, "static"]);
  assert(neighbors.fdbList(host.name).some(({ mac }) => mac === entry.mac));
  neighbors.fdbRemove(entry);
  assert(!neighbors.fdbList(host.name).some(({ mac }) => mac === entry.mac));
  assertThrows(() => neighbors.fdbRemove(entry), Error, "as there is none");
  assertThrows(() => neighbors.fdbSet({ ...entry, dst: "10.0.0.1" }), Error, "only a VXLAN device");
  assertThrows(() => neighbors.fdbSet({ ...entry, link: "lo" }), Error, "neither a VXLAN device nor a port");
  links.delete("host", host.name);
  links.delete("host", bridge);
});

networkTest("forwarding entries of a VXLAN device", (context) => {
  const links = createLinks(context);
  const neighbors = createNeighbors(context);
  const link = `vx${context.unique}`;
  links.ensureVxlan(link, { vni: 99, port: 8472, local: "10.9.8.7", learning: false });
  context.changes.length = 0;
  const mac = "02:00:00:00:00:78";
  neighbors.fdbSet({ mac, link, dst: "10.9.8.1" });
  neighbors.fdbSet({ mac, link, dst: "10.9.8.2" });
  for (const dst of ["10.9.8.1", "10.9.8.2"]) neighbors.fdbSet({ mac: "00:00:00:00:00:00", link, dst });
  const seen = context.command("host", "bridge", ["-j", "fdb", "show", "dev", link])
    .map(({ mac, dst }: { mac: string; dst: string }) => `${mac} ${dst}`).sort();
  const wanted = ["00:00:00:00:00:00 10.9.8.1", "00:00:00:00:00:00 10.9.8.2", `${mac} 10.9.8.2`];
  assertEquals(seen, wanted);
  assertEquals(neighbors.fdbList(link).map(({ mac, dst }) => `${mac} ${dst}`).sort(), wanted);
  assertEquals(context.changes.slice(0, 3), [
    { kind: "fdb-set", link, mac, dst: "10.9.8.1" },
    { kind: "fdb-removed", link, mac, dst: "10.9.8.1" },
    { kind: "fdb-set", link, mac, dst: "10.9.8.2" },
  ]);
  neighbors.fdbRemove({ mac: "00:00:00:00:00:00", link, dst: "10.9.8.1" });
  assertEquals(neighbors.fdbList(link).length, 2);
  links.delete("host", link);
});

networkTest("undo leaves a neighbour and a forwarding entry that another has set since", (context) => {
  const { neighbors, host, remove } = withPair(context);
  const links = createLinks(context);
  const bridge = `br${context.unique}`;
  links.ensureBridge(bridge, { vlanFiltering: false, defaultVlan: true });
  links.set("host", host.name, { master: bridge });
  context.changes.length = 0;
  neighbors.set("container", { address: "10.1.0.9", mac: "02:00:00:00:00:09", link: "eth0", permanent: true });
  const changes = [...context.changes];
  context.command("container", "ip", "neigh replace 10.1.0.9 lladdr 02:00:00:00:00:77 dev eth0".split(" "));
  for (const change of changes) undo(context, change);
  assertEquals(lladdr(context, "container", "eth0", "10.1.0.9")?.[0], "02:00:00:00:00:77");
  const entry = { mac: "02:00:00:00:00:09", link: host.name };
  neighbors.fdbSet(entry);
  undo(context, { kind: "fdb-set", ...entry, dst: "192.0.2.7" });
  assertEquals(neighbors.fdbList(host.name).some(({ mac }) => mac === entry.mac), true);
  links.delete("host", bridge);
  remove();
});
