import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { freshMac } from "./fresh_mac.ts";

Deno.test("a MAC is locally administered, unicast, and stays a node's own", async () => {
  for (let node = 0; node < 100; node++) {
    assertMatch(await freshMac(`node-${node}`, "ipv4"), /^.[26ae](:[0-9a-f]{2}){5}$/);
  }
  assertEquals(await freshMac("a", "ipv4"), await freshMac("a", "ipv4"));
  assertNotEquals(await freshMac("a", "ipv4"), await freshMac("b", "ipv4"));
  assertNotEquals(await freshMac("a", "ipv4"), await freshMac("a", "ipv6"));
});
