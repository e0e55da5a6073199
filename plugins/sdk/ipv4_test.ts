import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { normalizeIp } from "ip-bigint";
import { containsCidr, parseCidr } from "cidr-tools";
import { rangeOfIpv4, readIpv4, writeIpv4 } from "./ipv4.ts";

for (
  const text of [
    ...["", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.-0", "-1.2.3.4", "1.2.3.1e1", " 1.2.3.4", "1.2.3."],
    ...["0x1.2.3.4", "1.2.3.+4", "1.2.3.4\n", "1.2.3.NaN", "::1", "١.2.3.4"],
  ]
) {
  Deno.test(`readIpv4() is undefined for ${JSON.stringify(text)}`, () => assertEquals(readIpv4(text), undefined));
}

Deno.test("readIpv4() and writeIpv4() agree with ip-bigint on every address", () => {
  fc.assert(fc.property(fc.ipV4(), (text) => {
    assertEquals(writeIpv4(readIpv4(text)!), normalizeIp(text));
  }));
});

Deno.test("rangeOfIpv4() agrees with cidr-tools on every network", () => {
  fc.assert(fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.ipV4(), (text, bits, other) => {
    const [first, last] = rangeOfIpv4(`${text}/${bits}`)!;
    const { start, end } = parseCidr(`${text}/${bits}`);
    assertEquals([BigInt(first), BigInt(last)], [start, end]);
    const at = readIpv4(other)!;
    assertEquals(at >= first && at <= last, containsCidr(`${text}/${bits}`, other));
  }));
  assertEquals(rangeOfIpv4("10.0.0.1"), [167772161, 167772161]);
  assertEquals([rangeOfIpv4("10.0.0.0/33"), rangeOfIpv4("fd00::/8")], [undefined, undefined]);
});
