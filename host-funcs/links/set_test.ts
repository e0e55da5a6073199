import { assert, assertEquals, assertThrows } from "@std/assert";
import { networkTest, type TestContext } from "../test_context.ts";
import type { Change } from "../change.ts";
import { redo } from "../drift.ts";
import { Reading } from "../reading.ts";
import { undo } from "../undo.ts";
import { linkDifferences } from "./drift.ts";
import { createLinks } from "./mod.ts";

function withPort(context: TestContext) {
  const links = createLinks(context);
  const bridge = `br${context.unique}`;
  links.ensureBridge(bridge, { vlanFiltering: false, defaultVlan: true });
  const { host } = links.createVeth({ peerNs: "container", peerName: "eth0" });
  context.changes.length = 0;
  return {
    links,
    bridge,
    port: host.name,
    remove() {
      links.delete("host", host.name);
      links.delete("host", bridge);
    },
  };
}

networkTest("set() changes several attributes at once, and records what they were", (context) => {
  const { links, bridge, port, remove } = withPort(context);
  const seenBefore = links.get("host", port);
  links.set("host", port, {
    up: true,
    mtu: 1350,
    mac: "02:00:00:00:0A:01",
    promisc: true,
    master: bridge,
    hairpin: true,
    isolated: true,
  });
  const [seen] = context.ip("host", "link", "show", port);
  assertEquals([seen.mtu, seen.address, seen.master], [1350, "02:00:00:00:0a:01", bridge]);
  assert(seen.flags.includes("UP") && seen.flags.includes("PROMISC"));
  assertEquals([seen.linkinfo.info_slave_data.hairpin, seen.linkinfo.info_slave_data.isolated], [true, true]);
  assertEquals(context.changes.length, 1);
  const [change] = context.changes;
  const mac = seenBefore.mac;
  const before = { up: false, mtu: 1500, mac, promisc: false, master: "" };
  const after = { up: true, mtu: 1350, mac: "02:00:00:00:0a:01", promisc: true, master: bridge };
  assertEquals(change, {
    kind: "link-changed",
    ns: "host",
    name: port,
    before,
    after: { ...after, hairpin: true, isolated: true },
  });
  remove();
});

networkTest("set() records and sends nothing for what is so already", (context) => {
  const { links, bridge, port, remove } = withPort(context);
  const changes = { up: true, mtu: 1400, master: bridge, hairpin: true };
  links.set("host", port, changes);
  links.set("host", port, changes);
  links.set("host", port, { isolated: false });
  assertEquals(context.changes.length, 1);
  links.set("host", port, { isolated: true });
  const [before, after] = [{ isolated: false }, { isolated: true }];
  assertEquals(context.changes[1], { kind: "link-changed", ns: "host", name: port, before, after });
  links.set("host", port, { master: "" });
  assertEquals(context.ip("host", "link", "show", port)[0].master, undefined);
  remove();
});

networkTest("set() refuses port attributes of a link that is no port, and a master that is not there", (context) => {
  const { links, port, remove } = withPort(context);
  assertThrows(() => links.set("host", port, { hairpin: true }), Error, "no port of a bridge");
  assertThrows(() => links.set("host", port, { master: "nothing" }), Error, "as there is no such link");
  assertEquals(context.changes, []);
  remove();
});

networkTest("set() hands on the kernel's words", (context) => {
  const { links, port, remove } = withPort(context);
  assertThrows(() => links.set("host", port, { mtu: 70_000 }), Error, "mtu greater than device maximum");
  assertThrows(
    () => links.set("host", port, { mac: "ff:ff:ff:ff:ff:ff" }),
    Error,
    `set mac ff:ff:ff:ff:ff:ff of ${port} on the host`,
  );
  remove();
});

networkTest("set() that fails in part leaves the link as it was", (context) => {
  const { links, bridge, port, remove } = withPort(context);
  const before = links.get("host", port);
  // The kernel takes the MAC before it refuses the MTU, and the MTU before it refuses the master.
  assertThrows(() => links.set("host", port, { mac: "02:00:00:00:00:77", mtu: 70_000 }), Error, "mtu");
  assertEquals(links.get("host", port), before);
  assertThrows(() => links.set("host", bridge, { mtu: 1300, promisc: true, master: bridge }), Error, "master");
  assertEquals(context.ip("host", "link", "show", bridge)[0].mtu, 1500);
  remove();
});

networkTest("waitRunning() ends when the other end comes up", (context) => {
  const { links, bridge, port, remove } = withPort(context);
  links.set("host", port, { up: true, master: bridge });
  assertThrows(() => links.waitRunning("host", port, 30), Error, "after 30 ms it has no carrier");
  const inside = `sleep 0.1; nsenter --net=${context.path} ip link set eth0 up`;
  const child = new Deno.Command("sh", { args: ["-c", inside] }).spawn();
  const start = performance.now();
  const link = links.waitRunning("host", port, 5000);
  const waited = performance.now() - start;
  assert(waited > 50 && waited < 2000, `${waited} ms`);
  assertEquals([link.running, link.port?.forwarding], [true, true]);
  assertThrows(() => links.waitRunning("host", port, 30_001), Error, "at most 30000 ms");
  assertThrows(() => links.waitRunning("host", "nothing", 1000), Error, "no such link");
  remove();
  return child.status.then(({ success }) => assert(success));
});

networkTest(
  "tune() sets queue and all-multicast mode, which the other reader sees, and undo puts them back",
  (context) => {
    const { links, port, remove } = withPort(context);
    assertEquals(links.tuning("host", port), { allmulti: false, queueLength: 1000 });
    links.tune("host", port, { allmulti: true, queueLength: 77 });
    const [seen] = context.ip("host", "link", "show", port);
    assertEquals([seen.txqlen, seen.flags.includes("ALLMULTI")], [77, true]);
    const change = context.changes[0] as Change & { kind: "link-changed" };
    assertEquals(context.changes, [{
      kind: "link-changed",
      ns: "host",
      name: port,
      before: { allmulti: false, queueLength: 1000 },
      after: { allmulti: true, queueLength: 77 },
    }]);
    assertEquals(linkDifferences(new Reading(context), change), []);
    undo(context, change);
    assertEquals(links.tuning("host", port), { allmulti: false, queueLength: 1000 });
    assertEquals(linkDifferences(new Reading(context), change), [
      `all-multicast mode of ${port} (host) is off, not on`,
      `transmit queue length of ${port} (host) is 1000, not 77`,
    ]);
    redo(context, change);
    assertEquals(links.tuning("host", port), { allmulti: true, queueLength: 77 });
    links.tune("host", port, { queueLength: 77 });
    assertEquals(context.changes.length, 1);
    remove();
  },
);
