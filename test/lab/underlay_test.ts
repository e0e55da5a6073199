import { assertEquals, assertThrows } from "@std/assert";
import { addressesOf, USUAL_UNDERLAY } from "./underlay.ts";

Deno.test("addressesOf() counts hosts within a segment, and segments by their size", () => {
  assertEquals(addressesOf(USUAL_UNDERLAY, 0, 1), { ipv4: "192.168.77.1", ipv6: "fd77::1", length4: 24, length6: 64 });
  assertEquals(addressesOf(USUAL_UNDERLAY, 1, 254), {
    ipv4: "192.168.78.254",
    ipv6: "fd77:0:0:1::fe",
    length4: 24,
    length6: 64,
  });
});

Deno.test("addressesOf() refuses networks of the wrong family", () => {
  assertThrows(() => addressesOf({ ipv4: "fd77::/64", ipv6: "fd77::/64" }, 0, 1), Error, "no network of IPv4");
});
