import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { HostCallError } from "../error.ts";
import { formatMac, parseMac, randomMac } from "./mac_address.ts";

Deno.test("parseMac() and formatMac() are inverse", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (bytes) => {
    assertEquals([...parseMac(formatMac(bytes))], [...bytes]);
    assertEquals([...parseMac(formatMac(bytes).toUpperCase())], [...bytes]);
  }));
});

Deno.test("parseMac() refuses everything else, and names it", () => {
  for (
    const text of [
      "",
      "02:00:00:00:00",
      "02:00:00:00:00:0g",
      "02-00-00-00-00-01",
      "02:00:00:00:00:01:02",
      " 02:00:00:00:00:01",
    ]
  ) {
    assertThrows(() => parseMac(text), HostCallError, `"${text}"`);
  }
});

Deno.test("randomMac() is unicast and locally administered, and another each time", () => {
  const addresses = Array.from({ length: 50 }, randomMac);
  for (const [first] of addresses) assertEquals(first! & 3, 2);
  assert(new Set(addresses.map(formatMac)).size === 50);
});
