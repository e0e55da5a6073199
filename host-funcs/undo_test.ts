import { assert, assertEquals, assertThrows } from "@std/assert";
import { createAddresses } from "./addresses/mod.ts";
import type { Change } from "./change.ts";
import { createLinks } from "./links/mod.ts";
import { createNeighbors } from "./neighbors/mod.ts";
import { createRoutes } from "./routes/mod.ts";
import { createRules } from "./rules/mod.ts";
import { createSysctl } from "./sysctl/mod.ts";
import { networkTest, type TestContext } from "./test_context.ts";
import { undo } from "./undo.ts";

/** Everything that the kernel shows of both namespaces, without what changes by itself. */
function snapshot(context: TestContext): string {
  const parts = (["host", "container"] as const).flatMap((ns) => [
    ...["link", "address", "neigh"].map((object) => context.ip(ns, object, "show")),
    ...["-4", "-6"].map((family) => context.ip(ns, family, "route", "show", "table", "all")),
    ...["-4", "-6"].map((family) => context.ip(ns, family, "rule")),
  ]);
  return JSON.stringify(parts, (key, value) => key === "ifindex" || key.endsWith("_timer") ? undefined : value);
}

function undoAll(context: TestContext, changes: readonly Change[]): void {
  for (const change of changes.toReversed()) undo(context, change);
}

/** What a bridge ADD does, and more. */
function attach(context: TestContext): string {
  const [links, addresses, routes] = [createLinks(context), createAddresses(context), createRoutes(context)];
  const [neighbors, sysctl] = [createNeighbors(context), createSysctl(context)];
  const bridge = `br${context.unique}`;
  links.ensureBridge(bridge, { vlanFiltering: false, defaultVlan: true });
  addresses.add("host", bridge, { cidr: "10.1.0.1/16", dad: false });
  sysctl.set("container", "net/ipv4/ip_forward", sysctl.get("container", "net/ipv4/ip_forward") === "1" ? "0" : "1");
  const { host } = links.createVeth({ peerNs: "container", peerName: "eth0", master: bridge });
  links.set("host", host.name, { up: true, hairpin: true, isolated: true });
  links.set("container", "eth0", { up: true, mtu: 1400, mac: "02:00:00:00:00:05" });
  addresses.add("container", "eth0", { cidr: "10.1.0.5/16", dad: false });
  addresses.add("container", "eth0", { cidr: "fd00::5/64", dad: false });
  routes.add("container", { dst: "0.0.0.0/0", gateway: "10.1.0.1", onlink: false });
  routes.add("container", { dst: "fd01::/64", gateway: "fd00::1", mtu: 1300, table: 500, onlink: false });
  createRules(context).add("container", { family: "ipv6", source: "fd00::5/128", table: 500, more: false });
  neighbors.set("container", { address: "10.1.0.1", mac: "02:00:00:00:00:01", link: "eth0", permanent: true });
  neighbors.fdbSet({ mac: "02:00:00:00:00:05", link: host.name });
  neighbors.announce("container", "eth0", "10.1.0.5");
  return bridge;
}

networkTest("undo() of everything that an attachment did leaves both namespaces as they were", (context) => {
  const before = snapshot(context);
  const forward = createSysctl(context).get("container", "net/ipv4/ip_forward");
  attach(context);
  assert(snapshot(context) !== before);
  const changes = [...context.changes];
  undoAll(context, changes);
  assertEquals(snapshot(context), before);
  assertEquals(createSysctl(context).get("container", "net/ipv4/ip_forward"), forward);
  assertEquals(context.changes, changes, "undo() records nothing");
  undoAll(context, changes);
  assertEquals(snapshot(context), before, "a second time there is nothing to do");
});

networkTest("undo() of any part of the changes, as a process that was killed leaves them, can be done", (context) => {
  const before = snapshot(context);
  attach(context);
  const changes = [...context.changes];
  undoAll(context, changes);
  for (const [index, change] of changes.entries()) {
    // Recorded, but never made.
    undo(context, change);
    assertEquals(snapshot(context), before, `change ${index}: ${JSON.stringify(change)}`);
  }
});

networkTest("undo() of each step alone restores what was before it", (context) => {
  const links = createLinks(context);
  const { host } = links.createVeth({ peerNs: "container", peerName: "eth0" });
  links.set("container", "eth0", { up: true });
  links.set("host", host.name, { up: true });
  const [addresses, routes, neighbors] = [createAddresses(context), createRoutes(context), createNeighbors(context)];
  addresses.add("container", "eth0", { cidr: "10.1.0.5/16", dad: false });
  const neighbor = { address: "10.1.0.9", mac: "02:00:00:00:00:09", link: "eth0", permanent: true };
  neighbors.set("container", neighbor);
  const route = { dst: "10.9.0.0/16", gateway: "10.1.0.1", onlink: false };
  routes.add("container", route);
  const vxlan = `vx${context.unique}`;
  links.ensureVxlan(vxlan, { vni: 4242, port: 8472, local: "10.9.8.7", learning: false });
  const entry = { mac: "02:00:00:00:00:78", link: vxlan, dst: "10.9.8.1" };
  neighbors.fdbSet(entry);
  const steps: (() => void)[] = [
    () => routes.remove("container", route),
    () => neighbors.remove("container", "eth0", "10.1.0.9"),
    () => neighbors.set("container", { ...neighbor, mac: "02:00:00:00:00:10" }),
    () => neighbors.fdbRemove(entry),
    () => neighbors.fdbSet({ ...entry, dst: "10.9.8.2" }),
    () => links.set("container", "eth0", { mtu: 1300, promisc: true }),
    // Not of eth0: the kernel forgets the neighbours of a link whose MAC changes.
    () => links.set("host", host.name, { mac: "02:00:00:00:00:11" }),
    () => links.createMacvlan({ parent: host.name, name: "mv0", mode: "bridge" }),
  ];
  for (const step of steps) {
    context.changes.length = 0;
    const fdb = neighbors.fdbList(vxlan);
    const [before, own] = [[links.list("host"), links.list("container")], neighbors.list("container", "eth0")];
    step();
    assert(context.changes.length > 0);
    undoAll(context, context.changes);
    assertEquals([links.list("host"), links.list("container")], before, step.toString());
    const entries = context.ip("container", "route", "show", "10.9.0.0/16");
    assertEquals(entries.length, 1, step.toString());
    assertEquals(
      neighbors.list("container", "eth0").filter((entry) => entry.permanent),
      own.filter((e) => e.permanent),
    );
    assertEquals(neighbors.fdbList(vxlan), fdb, step.toString());
  }
  links.delete("host", vxlan);
  links.delete("host", host.name);
});

networkTest("undo() leaves a bridge, and its address, that another pod has joined", (context) => {
  const bridge = attach(context);
  const links = createLinks(context);
  const changes = [...context.changes];
  const other = `o${context.unique}`;
  context.command("host", "ip", ["link", "add", other, "type", "veth"]);
  context.command("host", "ip", ["link", "set", other, "master", bridge]);
  undoAll(context, changes);
  const [seen] = context.ip("host", "address", "show", bridge);
  assert(seen.flags.includes("UP"));
  assertEquals(seen.addr_info[0].local, "10.1.0.1");
  assertEquals(links.list("host").filter(({ master }) => master === bridge).map(({ name }) => name), [other]);
  links.delete("host", other);
  undoAll(context, changes);
  assertThrows(() => links.get("host", bridge), Error, "no such link");
});

networkTest("undo() leaves a bridge of that name that someone else made", (context) => {
  const name = `br${context.unique}`;
  context.command("host", "ip", ["link", "add", name, "type", "bridge"]);
  undo(context, { kind: "link-created", ns: "host", name, linkKind: "bridge", mac: "02:00:00:00:00:01" });
  undo(context, { kind: "link-created", ns: "host", name, linkKind: "veth" });
  assertEquals(createLinks(context).get("host", name).kind, "bridge");
  createLinks(context).delete("host", name);
});

networkTest("undo() leaves the node's own parameters: other pods rely on them", (context) => {
  const sysctl = createSysctl(context);
  const key = "net/ipv4/conf/all/forwarding";
  const before = sysctl.get("host", key);
  sysctl.set("host", key, before === "1" ? "0" : "1");
  undoAll(context, context.changes);
  assert(sysctl.get("host", key) !== before);
  sysctl.set("host", key, before);
});

networkTest("undo() that was cut short when it had set the link down is repeated to its end", (context) => {
  const bridge = attach(context);
  createRoutes(context).remove("container", { dst: "10.1.0.0/16", link: "eth0", onlink: false });
  const changes = [...context.changes];
  context.command("container", "ip", ["link", "set", "eth0", "down"]);
  undoAll(context, changes);
  assertEquals(createLinks(context).list("host").filter(({ name }) => name === bridge), []);
});

networkTest("undo() in a container that is gone is done", (context) => {
  const bridge = attach(context);
  context.hasContainer = false;
  undoAll(context, context.changes);
  assertEquals(createLinks(context).list("host").filter(({ name }) => name === bridge), []);
});

networkTest("undo() of a change that a later version recorded says so", (context) => {
  assertThrows(() => undo(context, { kind: "time-travelled" } as unknown as Change), Error, "time-travelled");
});
