import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatAddress, formatNetwork, parseAddress, parseNetwork } from "./ip_number.ts";

Deno.test("parseAddress() reads both families", () => {
  assertEquals(parseAddress("10.1.0.5"), { family: 4, number: 0x0a010005n });
  assertEquals(parseAddress("2001:db8::5"), { family: 6, number: 0x20010db8000000000000000000000005n });
  assertEquals(parseAddress("::"), { family: 6, number: 0n });
  assertEquals(parseAddress("1:2:3:4:5:6:7::"), { family: 6, number: 0x00010002000300040005000600070000n });
  assertEquals(parseAddress("::ffff:10.0.0.1"), { family: 6, number: 0xffff0a000001n });
});

for (
  const text of [
    "",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "01.2.3.4",
    "1.2.3.4 ",
    "1.2.3.4/8",
    "a",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "12345::",
    "fe80::1%eth0",
    "::1.2.3",
    "1.2.3.4::",
    "::1\n",
    "1.2.3.4\n",
    "::;flush ruleset",
  ]
) {
  Deno.test(`parseAddress() refuses ${JSON.stringify(text)}`, () => assertEquals(parseAddress(text), undefined));
}

for (
  const text of ["10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "::/129", "/8", "10.0.0.0/8/8", "10.0.0.0/-1"]
) {
  Deno.test(`parseNetwork() refuses ${JSON.stringify(text)}`, () => assertEquals(parseNetwork(text), undefined));
}

Deno.test("parseNetwork() gives first and last address, whatever the host bits", () => {
  assertEquals(parseNetwork("10.1.2.3/16"), { family: 4, first: 0x0a010000n, last: 0x0a01ffffn, prefix: 16 });
  assertEquals(parseNetwork("0.0.0.0/0"), { family: 4, first: 0n, last: 0xffffffffn, prefix: 0 });
  assertEquals(formatNetwork(parseNetwork("2001:DB8::7/64")!), "2001:db8::/64");
});

Deno.test("formatAddress() and parseAddress() are inverses", () => {
  fc.assert(fc.property(fc.bigInt(0n, (1n << 128n) - 1n), (number) => {
    assertEquals(parseAddress(formatAddress(6, number)), { family: 6, number });
  }));
  fc.assert(fc.property(fc.bigInt(0n, (1n << 32n) - 1n), (number) => {
    assertEquals(parseAddress(formatAddress(4, number)), { family: 4, number });
  }));
});

Deno.test("parseAddress() takes what fast-check calls an address, and its canonical form is the same address", () => {
  fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
    const address = parseAddress(text)!;
    assertEquals(parseAddress(formatAddress(address.family, address.number)), address);
  }));
});
