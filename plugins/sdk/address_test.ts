import { assertEquals } from "@std/assert";
import * as address from "./address.ts";

Deno.test("networks: first, last and the network itself", () => {
  assertEquals(address.networkOf("10.1.2.3/16"), "10.1.0.0/16");
  assertEquals(address.networkOf("fd00:1::5/64"), "fd00:1::/64");
  assertEquals(address.networkOf("1.2.3.4/0"), "0.0.0.0/0");
  assertEquals(address.firstAddressOf("10.1.2.3/16"), "10.1.0.1");
  assertEquals(address.lastAddressOf("10.1.0.0/24"), "10.1.0.254");
  assertEquals(address.lastAddressOf("fd00::/120"), "fd00::ff");
  assertEquals([address.nthAddressOf("10.1.2.3/16", 258), address.nthAddressOf("fd00::9/64", 258)], [
    "10.1.1.2",
    "fd00::102",
  ]);
});

Deno.test("canonical forms", () => {
  assertEquals(address.canonicalAddress("FD00:0:0::0005"), "fd00::5");
  assertEquals(address.canonicalAddress("::ffff:10.0.0.1"), "10.0.0.1");
  assertEquals(address.canonicalCidr("fd00:0::5/64"), "fd00::5/64");
  assertEquals([address.prefixLengthOf("10.0.0.1"), address.prefixLengthOf("::1")], [32, 128]);
});

Deno.test("comparisons", () => {
  assertEquals(address.compareAddresses("10.0.0.9", "10.0.0.10"), -1);
  assertEquals(address.compareAddresses("ffff::", "fffe::"), 1);
  assertEquals(address.sameAddress("::1", "0:0::1"), true);
  assertEquals(address.sameAddress("::1", "0.0.0.1"), false);
  assertEquals([address.contains("10.0.0.0/8", "10.9.9.9"), address.contains("10.0.0.0/8", "11.0.0.0")], [true, false]);
  assertEquals(address.contains("::/0", "10.0.0.1"), false);
  assertEquals([address.overlaps("10.0.0.0/8", "10.1.0.0/16"), address.overlaps("10.0.0.0/16", "10.1.0.0/16")], [
    true,
    false,
  ]);
  assertEquals([address.isLinkLocal("fe80::1/64"), address.isLinkLocal("fd00::1/64")], [true, false]);
});
