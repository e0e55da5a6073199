// macvlan and VXLAN devices.

import { createSocket } from "node:dgram";
import { assert, assertEquals, assertObjectMatch, assertStringIncludes, assertThrows } from "@std/assert";
import type { HostCallError } from "../error.ts";
import { networkTest } from "../test_context.ts";
import { undo } from "../undo.ts";
import { createLinks } from "./mod.ts";

for (const mode of ["bridge", "private", "vepa", "passthru"] as const) {
  networkTest(`createMacvlan() makes a link of mode ${mode} in the container`, (context) => {
    const links = createLinks(context);
    const parent = `br${context.unique}`;
    links.ensureBridge(parent, { vlanFiltering: false, defaultVlan: true });
    const made = links.createMacvlan({ parent, name: "eth0", mode, mtu: 1400, mac: "02:00:00:00:00:07" });
    const [seen] = context.ip("container", "link", "show", "eth0");
    assertEquals([seen.linkinfo.info_kind, seen.linkinfo.info_data.mode, seen.mtu], ["macvlan", mode, 1400]);
    // A passthru link takes over its parent's MAC.
    const mac = mode === "passthru" ? links.get("host", parent).mac : "02:00:00:00:00:07";
    assertEquals([made.kind, made.mac, made.up], ["macvlan", mac, false]);
    assertThrows(() => links.createMacvlan({ parent, name: "eth0", mode }), Error, "exists already");
    links.delete("container", "eth0");
    links.delete("host", parent);
  });
}

networkTest("createMacvlanOn() under a name that the host has as well, and its undo at either moment", (context) => {
  const links = createLinks(context);
  const [parent, name] = [`br${context.unique}`, `x${context.unique}`];
  for (const each of [parent, name]) links.ensureBridge(each, { vlanFiltering: false, defaultVlan: true });
  context.changes.length = 0;
  links.createMacvlanOn("host", { parent, name, mode: "vepa" }, 700);
  const { info_data } = context.ip("container", "link", "show", name)[0].linkinfo;
  assertEquals([info_data.mode, info_data.bcqueuelen], ["vepa", 700]);
  assertEquals(links.getChild("container", name), { tag: "macvlan", val: "vepa" });
  const [change] = context.changes;
  if (change?.kind !== "link-created" || change.madeAs === undefined) throw new Error(`recorded: ${change?.kind}`);
  undo(context, change);
  assertEquals(links.list("container").map((link) => link.name), ["lo"]);
  // As if the call had ended before the link got its name.
  links.createMacvlanOn("host", { parent, name: change.madeAs, mode: "vepa" }, undefined);
  undo(context, change);
  assertEquals(links.list("container").map((link) => link.name), ["lo"]);
  for (const each of [parent, name]) links.delete("host", each);
});

networkTest("ipvlans and VLAN devices: the kernel has what was asked for", (context) => {
  const links = createLinks(context);
  const parent = `br${context.unique}`;
  links.ensureBridge(parent, { vlanFiltering: false, defaultVlan: true });
  const on = { parentNs: "host", parent, mtu: 1400 } as const;
  const asked = [
    ["ipvlan", () => links.createIpvlan({ ...on, name: "i0", mode: "l3" }), "i0", { mode: "l3" }],
    ["vlan", () => links.createVlan({ ...on, name: "v0", id: 7 }), "v0", { id: 7 }],
  ] as const;
  for (const [kind, make, name, data] of asked) {
    if (links.supports(kind)) {
      const made = make();
      assertEquals([made.kind, made.mtu], [kind, 1400]);
      assertObjectMatch(context.ip("container", "link", "show", name)[0].linkinfo.info_data, data);
      links.delete("container", name);
    } else {
      const error: unknown = assertThrows(make);
      assertEquals((error as HostCallError).code, "unsupported");
      assertStringIncludes((error as HostCallError).message, `makes no links of kind ${kind}`);
    }
  }
  links.delete("host", parent);
});

networkTest("ensureVxlan() makes the device, finds it, and makes it anew for other parameters", (context) => {
  const links = createLinks(context);
  const name = `vx${context.unique}`;
  const options = { vni: 77, port: 8472, local: "10.9.8.7", learning: false, mtu: 1400, mac: "02:00:00:00:00:09" };
  const made = links.ensureVxlan(name, options);
  const [seen] = context.ip("host", "link", "show", name);
  const { id, port, local, learning } = seen.linkinfo.info_data;
  assertEquals([id, port, local, learning, seen.mtu, seen.address], [
    77,
    8472,
    "10.9.8.7",
    false,
    1400,
    "02:00:00:00:00:09",
  ]);
  assert(seen.flags.includes("UP"));
  const recorded = context.changes.length;
  assertEquals(links.ensureVxlan(name, options), made);
  assertEquals(context.changes.length, recorded);
  const other = links.ensureVxlan(name, { ...options, vni: 78 });
  assert(other.index !== made.index);
  assertEquals(context.ip("host", "link", "show", name)[0].linkinfo.info_data.id, 78);
  links.delete("host", name);
});

networkTest("ensureVxlan() over IPv6 and on a parent", (context) => {
  const links = createLinks(context);
  const name = `vx${context.unique}`;
  const parent = `br${context.unique}`;
  links.ensureBridge(parent, { vlanFiltering: false, defaultVlan: true });
  links.ensureVxlan(name, { vni: 5, port: 4789, local: "fd00::5", parent, learning: true });
  const { link, local6, learning } = context.ip("host", "link", "show", name)[0].linkinfo.info_data;
  assertEquals([link, local6, learning], [parent, "fd00::5", true]);
  links.delete("host", name);
  links.delete("host", parent);
});

networkTest("ensureVxlan() that can't have its UDP port leaves no device", async (context) => {
  const links = createLinks(context);
  const name = `vx${context.unique}`;
  const socket = createSocket("udp4");
  await new Promise<void>((bound) => socket.bind(0, "0.0.0.0", bound));
  const options = { vni: 3, port: socket.address().port, local: "10.0.0.1", learning: false };
  try {
    assertThrows(() => links.ensureVxlan(name, options), Error, "EADDRINUSE");
  } finally {
    await new Promise<void>((closed) => socket.close(closed));
  }
  assertThrows(() => links.get("host", name), Error, "no such link");
});

networkTest("ensureVxlan() refuses what is out of bounds", (context) => {
  const links = createLinks(context);
  const options = { vni: 1, port: 4789, local: "10.0.0.1", learning: false };
  for (const bad of [{ vni: 0 }, { vni: 2 ** 24 }, { port: 0 }, { port: 65536 }, { local: "10.0.0" }]) {
    const error: unknown = assertThrows(() => links.ensureVxlan("vx0", { ...options, ...bad }));
    assertEquals((error as HostCallError).code, "invalid");
  }
  assertEquals(context.changes, []);
});
