import { assertEquals, assertThrows } from "@std/assert";
import type { Change } from "../change.ts";
import { createLinks } from "../links/mod.ts";
import { Reading } from "../reading.ts";
import { withoutRecording } from "../take_back.ts";
import { networkTest } from "../test_context.ts";
import { addressDifferences, redoAddressChange } from "./drift.ts";

const added = (cidr: string) =>
  ({ kind: "address-added", ns: "container", link: "eth0", cidr }) as Change & { kind: "address-added" };

networkTest("an address that is gone is a difference, and is added again", (context) => {
  const links = createLinks(context);
  const { host } = links.createVeth({ peerNs: "container", peerName: "eth0" });
  for (const cidr of ["10.1.0.5/24", "fd00::5/64"]) {
    const change = added(cidr);
    const differences = () => addressDifferences(new Reading(context), change);
    assertEquals(differences(), [`address ${cidr} of eth0 (container) is gone`]);
    const recorded = context.changes.length;
    redoAddressChange(withoutRecording(context), change);
    assertEquals([differences(), context.changes.length], [[], recorded]);
    // With another prefix length it is another address.
    context.command("container", "ip", ["address", "del", cidr, "dev", "eth0"]);
    context.command("container", "ip", ["address", "add", cidr.replace(/\/.*/, "/28"), "dev", "eth0"]);
    assertEquals(differences(), [`address ${cidr} of eth0 (container) is gone`]);
    assertEquals(addressDifferences(new Reading(context), { ...change, kind: "address-removed" }), []);
  }
  links.delete("host", host.name);
  assertEquals(addressDifferences(new Reading(context), added("10.1.0.5/24")).length, 1);
  assertThrows(() => redoAddressChange(context, added("10.1.0.5/24")), Error, "there is no such link");
});

networkTest("an address that another host on the link has is a difference", (context) => {
  const links = createLinks(context);
  const { host } = links.createVeth({ peerNs: "container", peerName: "eth0" });
  for (const [ns, name] of [["host", host.name], ["container", "eth0"]] as const) links.set(ns, name, { up: true });
  context.command("host", "ip", ["address", "add", "fd00::5/64", "dev", host.name, "nodad"]);
  context.command("container", "ip", ["address", "add", "fd00::5/64", "dev", "eth0"]);
  const deadline = performance.now() + 5000;
  let found: string[] = [];
  while (found.length === 0 && performance.now() < deadline) {
    found = addressDifferences(new Reading(context), added("fd00::5/64"));
  }
  assertEquals(found, ["address fd00::5/64 of eth0 (container) cannot be used, as another host on the link has it"]);
  links.delete("host", host.name);
});
