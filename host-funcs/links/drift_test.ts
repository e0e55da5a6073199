import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Change } from "../change.ts";
import { differencesOf, redo } from "../drift.ts";
import { Reading } from "../reading.ts";
import { networkTest, type TestContext } from "../test_context.ts";
import { createLinks } from "./mod.ts";

const plain = { vlanFiltering: false, defaultVlan: true };

function differences(context: TestContext, changes: readonly Change[]): string[] {
  const now = new Reading(context);
  return changes.flatMap((change) => differencesOf(now, change));
}

/** A bridge with a port, and what was recorded. */
function withPort(context: TestContext) {
  const links = createLinks(context);
  const bridge = `br${context.unique}`;
  links.ensureBridge(bridge, { ...plain, mtu: 1450 });
  const { host } = links.createVeth({ peerNs: "container", peerName: "eth0", mtu: 1400, master: bridge });
  links.set("host", host.name, { up: true, hairpin: true, isolated: true, promisc: true });
  links.set("container", "eth0", { up: true, mtu: 1300, mac: "02:00:00:00:00:05" });
  const changes = [...context.changes];
  return {
    links,
    bridge,
    port: host.name,
    changes,
    remove() {
      links.delete("host", host.name);
      links.delete("host", bridge);
    },
  };
}

networkTest("links that are as they were made have no differences", (context) => {
  const { changes, remove } = withPort(context);
  assertEquals(differences(context, changes), []);
  remove();
});

networkTest("each attribute of a link that was changed is a difference, and is set again", (context) => {
  const { bridge, port, changes, remove } = withPort(context);
  const ip = (ns: "host" | "container", words: string) =>
    context.command(ns, "ip", ["link", "set", ...words.split(" ")]);
  const cases: [ns: "host" | "container", words: string, differences: string[]][] = [
    ["container", "eth0 down", ["eth0 (container) is down"]],
    ["container", "eth0 mtu 900", ["MTU of eth0 (container) is 900, not 1300"]],
    ["container", "eth0 address 02:00:00:00:00:66", [
      "MAC address of eth0 (container) is 02:00:00:00:00:66, not 02:00:00:00:00:05",
    ]],
    ["host", `${port} promisc off`, [`promiscuous mode of ${port} (host) is off, not on`]],
    ["host", `${port} type bridge_slave hairpin off`, [`hairpin mode of ${port} (host) is off, not on`]],
    ["host", `${port} nomaster`, [
      `hairpin mode of ${port} (host) is off, not on`,
      `isolation of ${port} (host) is off, not on`,
    ]],
  ];
  for (const [ns, words, expected] of cases) {
    ip(ns, words);
    assertEquals(differences(context, changes), expected, words);
    // `master` is an attribute of the pair's creation: whoever compares expands it.
    if (words.endsWith("nomaster")) ip(ns, `${port} master ${bridge}`);
    for (const change of changes.filter((it) => differences(context, [it]).length > 0)) redo(context, change);
    assertEquals(differences(context, changes), [], words);
  }
  remove();
});

networkTest("a port elsewhere is a difference that names where it is", (context) => {
  const { bridge, port, remove } = withPort(context);
  const change: Change = { kind: "link-changed", ns: "host", name: port, before: {}, after: { master: bridge } };
  const other = `bx${context.unique}`;
  context.command("host", "ip", ["link", "add", other, "type", "bridge"]);
  context.command("host", "ip", ["link", "set", port, "master", other]);
  assertEquals(differences(context, [change]), [`${port} (host) is a port of ${other}, not of ${bridge}`]);
  redo(context, change);
  assertEquals(context.ip("host", "link", "show", port)[0].master, bridge);
  context.command("host", "ip", ["link", "del", other]);
  remove();
});

networkTest("of a bridge, which others change as well, only what was turned on counts", (context) => {
  const { bridge, remove } = withPort(context);
  const after = { up: true, mtu: 1450, mac: "02:00:00:00:00:77", promisc: true };
  const change: Change = { kind: "link-changed", ns: "host", name: bridge, before: {}, after };
  context.command("host", "ip", ["link", "set", bridge, "mtu", "1200", "down"]);
  const found = [`${bridge} (host) is down`, `promiscuous mode of ${bridge} (host) is off, not on`];
  assertEquals(differences(context, [change]), found);
  redo(context, change);
  const [seen] = context.ip("host", "link", "show", bridge);
  assertEquals([seen.mtu, seen.flags.includes("UP"), seen.flags.includes("PROMISC")], [1200, true, true]);
  remove();
});

networkTest("a bridge is made again as it was, a veth pair is not", (context) => {
  const { links, bridge, port, changes } = withPort(context);
  const before = links.get("host", bridge);
  links.delete("host", bridge);
  links.delete("host", port);
  const [made, pair] = changes.filter((change) => change.kind === "link-created");
  assertEquals(differences(context, [made!, pair!]), [
    `link ${bridge} (host) is gone`,
    `link ${port} (host) is gone`,
    "link eth0 (container) is gone",
  ]);
  const recorded = context.changes.length;
  redo(context, made!);
  const { mac, mtu, up } = links.get("host", bridge);
  assertEquals({ mac, mtu, up }, { mac: before.mac, mtu: 1450, up: true });
  assertThrows(() => redo(context, pair!), Error, "delete the pod, so that it is made anew");
  assertEquals(context.changes.length, recorded, "redo() records nothing");
  links.delete("host", bridge);
});

networkTest("a link of the name that is another's is a difference, and stays", (context) => {
  const { links, port, changes, remove } = withPort(context);
  const pair = changes.find((change) => change.kind === "link-created" && change.name === port)!;
  context.command("container", "ip", ["link", "set", "eth0", "down"]);
  context.command("container", "ip", ["link", "set", "eth0", "name", "eth9"]);
  context.command("container", "ip", ["link", "add", "eth0", "type", "veth"]);
  assertEquals(differences(context, [pair]), [`eth0 (container) is not the other end of ${port} (host)`]);
  const bridge: Change = { kind: "link-created", ns: "host", name: port, linkKind: "bridge" };
  assertEquals(differences(context, [bridge]), [`${port} (host) is a veth, not a bridge`]);
  assertThrows(() => redo(context, bridge), Error, "another link has its name");
  assert(links.get("host", port).kind === "veth");
  remove();
});

networkTest(
  "changes of earlier versions, which do not say what is there afterwards, have no differences",
  (context) => {
    const changes: Change[] = [
      { kind: "link-changed", ns: "container", name: "lo", before: { up: true } },
      { kind: "sysctl-set", ns: "container", key: "net/ipv4/ip_forward", before: "0" },
      { kind: "neighbor-set", ns: "container", link: "lo", address: "127.0.0.9" },
    ];
    assertEquals(differences(context, changes), []);
    for (const change of changes) redo(context, change);
  },
);
