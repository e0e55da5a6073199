import { assertEquals } from "@std/assert";
import * as v from "valibot";
import { grantLines, grantsSchema } from "./schema.ts";

for (
  const [grants, valid] of [
    [{}, true],
    [{ addresses: { host: ["${ipam}", "10.0.0.0/8", "${config.ipam.ranges}"] } }, true],
    [{ addresses: { host: ["10.0.0.0"] } }, false],
    [{ addresses: { host: ["${ifname}"] } }, false],
    [{ addresses: { host: ["${config.}"] } }, false],
    [{ leases: ["${config}"] }, false],
    // A key that means nothing, so that nobody believes it limits something.
    [{ adresses: { host: [] } }, false],
    [{ routes: { hosts: [] } }, false],
    [{ delegate: [""] }, false],
  ] as const
) {
  Deno.test(`${JSON.stringify(grants)} is ${valid ? "" : "not "}valid as grants`, () => {
    assertEquals(v.is(grantsSchema, grants), valid);
  });
}

Deno.test("grantLines() has every grant", () => {
  const grants = { links: { host: ["a", "b"] }, sysctl: ["host:x"], firewall: { masquerade: ["${ipam}"] } };
  assertEquals(grantLines(grants), ["links.host a", "links.host b", "sysctl host:x", "firewall.masquerade ${ipam}"]);
});
