import { assert, assertEquals, assertThrows } from "@std/assert";
import type { HostCallError } from "../error.ts";
import { networkTest } from "../test_context.ts";
import { createLinks } from "./mod.ts";

networkTest("createVeth() makes both ends where they belong, down", (context) => {
  const links = createLinks(context);
  const bridge = `br${context.unique}`;
  links.ensureBridge(bridge, { vlanFiltering: false, defaultVlan: true });
  const pair = links.createVeth({
    peerNs: "container",
    peerName: "eth0",
    peerMac: "02:AA:00:00:00:05",
    mtu: 1380,
    master: bridge,
  });
  assert(/^veth[0-9a-f]{8}$/.test(pair.host.name), pair.host.name);
  const [host] = context.ip("host", "link", "show", pair.host.name);
  assertEquals([host.mtu, host.master, host.address, host.ifindex], [1380, bridge, pair.host.mac, pair.host.index]);
  assert(!host.flags.includes("UP"));
  const [peer] = context.ip("container", "link", "show", "eth0");
  assertEquals([peer.mtu, peer.address, peer.ifindex], [1380, "02:aa:00:00:00:05", pair.peer.index]);
  assert(!peer.flags.includes("UP"));
  assertEquals([pair.host.master, pair.host.peerIndex, pair.peer.peerIndex], [bridge, peer.ifindex, host.ifindex]);
  assertEquals(links.get("host", pair.host.name), pair.host);
  assertEquals(links.list("host").find(({ name }) => name === pair.host.name), pair.host);
  links.delete("host", pair.host.name);
  assertEquals(context.ip("container", "link").map((link: { ifname: string }) => link.ifname), ["lo"]);
  links.delete("host", bridge);
});

networkTest("createVeth() says which name is taken, and records nothing then", (context) => {
  const links = createLinks(context);
  const { host } = links.createVeth({ peerNs: "container", peerName: "eth0" });
  context.changes.length = 0;
  const inside: unknown = assertThrows(
    () => links.createVeth({ peerNs: "container", peerName: "eth0" }),
    Error,
    "eth0 in the container as it exists already",
  );
  assertEquals((inside as HostCallError).code, "exists");
  assertThrows(
    () => links.createVeth({ peerNs: "container", peerName: "eth1", name: host.name }),
    Error,
    `${host.name} on the host as it exists already`,
  );
  assertEquals(context.changes, []);
  links.delete("host", host.name);
});

networkTest("createVeth() without its bridge makes nothing", (context) => {
  const error: unknown = assertThrows(
    () => createLinks(context).createVeth({ peerNs: "container", peerName: "eth0", master: "nothing" }),
    Error,
    "nothing on the host as there is no such link",
  );
  assertEquals((error as HostCallError).code, "not-found");
  assertEquals(context.changes, []);
});

networkTest("createVeth() refuses names, MACs and MTUs that the kernel would refuse, or bend", (context) => {
  const links = createLinks(context);
  const peer = { peerNs: "container", peerName: "eth0" } as const;
  for (const peerName of ["", "sixteen-bytes-ab", "a/b", "a b", ".", "..", "a:b", "all", "eth%d\0"]) {
    assertThrows(() => links.createVeth({ ...peer, peerName }), Error, "as a link's name");
  }
  assertThrows(() => links.createVeth({ ...peer, peerMac: "2:0:0:0:0:1" }), Error, "as a MAC address");
  assertThrows(() => links.createVeth({ ...peer, mtu: 67 }), Error, "(EINVAL)");
  assertEquals(links.list("container").map(({ name }) => name), ["lo"]);
});

networkTest("a link that is not there is not found", (context) => {
  const links = createLinks(context);
  for (const call of [() => links.get("container", "eth9"), () => links.delete("container", "eth9")]) {
    const error: unknown = assertThrows(call, Error, "eth9 in the container as there is no such link (ENODEV)");
    assertEquals((error as HostCallError).code, "not-found");
  }
});
