import { assertEquals } from "@std/assert";
import { parseCidr } from "cidr-tools";
import fc from "fast-check";
import { normalizeIp, parseIp, stringifyIp } from "ip-bigint";
import { isAddressIn, isOverlapping, isWithin, readAddress, readPrefix, spell, writeAddress } from "./prefix.ts";

for (
  const text of [
    ...[
      "",
      "1.2.3",
      "1.2.3.4.5",
      "1.2.3.256",
      "01.2.3.4",
      "1.2.3.-4",
      " 1.2.3.4",
      "1.2.3.4 ",
      "1.2.3.4/8",
      "1..2.3",
      "a.b.c.d",
    ],
    ...["1e1.2.3.4", "0x1.2.3.4", "NaN.1.1.1", "Infinity.1.1.1"],
    ...[
      ":",
      ":::",
      "1::2::3",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "12345::",
      "g::",
      "::1%eth0",
      "1:2:3:4::5:6:7:8",
      ":1:2:3:4:5:6:7",
    ],
    ...["::ffff:10.0.0.1", "1:2:3:4:5:6:7:"],
  ]
) {
  Deno.test(`readAddress() takes ${JSON.stringify(text)} for none`, () => assertEquals(readAddress(text), undefined));
}

for (
  const text of [
    ...[
      "",
      "10.0.0.0",
      "10.0.0.0/",
      "10.0.0.0/33",
      "10.0.0.0/-1",
      "10.0.0.0/08",
      "10.0.0.0/8 ",
      "10.0.0.0/8/8",
      "10.0.0.0/1e1",
    ],
    ...["fd00::/129", "fd00::", "/64", "10.0.0.0/NaN", "10.0.0.0/1.5"],
  ]
) {
  Deno.test(`readPrefix() takes ${JSON.stringify(text)} for none`, () => assertEquals(readPrefix(text), undefined));
}

/** Groups as people write them: many zeros, some with leading zeros, in either case. */
const group = fc.oneof(
  fc.constantFrom("0", "0", "0", "00", "0000", "0db8", "A", "ffFF"),
  fc.integer({ min: 0, max: 0xffff }).map((it) => it.toString(16)),
);
const ipv6 = fc.tuple(fc.array(group, { minLength: 8, maxLength: 8 }), fc.integer({ min: 0, max: 7 }), fc.nat(8)).map(
  ([groups, from, count]) => {
    if (count === 0) return groups.join(":");
    const to = Math.min(8, from + count);
    return `${groups.slice(0, from).join(":")}::${groups.slice(to).join(":")}`;
  },
);
const ipv4 = fc.ipV4();

Deno.test("addresses come out as ip-bigint has them, and compare as the numbers do", () => {
  for (const addresses of [ipv4, ipv6]) {
    fc.assert(fc.property(addresses, addresses, (one, other) => {
      const [a, b] = [readAddress(one)!, readAddress(other)!];
      assertEquals(writeAddress(a), normalizeIp(one, { mapv4: false }));
      assertEquals(spell(one, a), writeAddress(a));
      const [x, y] = [parseIp(one).number, parseIp(other).number];
      assertEquals([a < b, a === b], [x < y, x === y]);
    }));
  }
});

Deno.test("networks come out as cidr-tools has them, without bits of a host", () => {
  for (const [addresses, bits] of [[ipv4, 32], [ipv6, 128]] as const) {
    fc.assert(fc.property(addresses, fc.integer({ min: 0, max: bits }), (address, length) => {
      const prefix = readPrefix(`${address}/${length}`)!;
      const { start, end, version } = parseCidr(`${address}/${length}`);
      const first = stringifyIp({ number: start, version });
      assertEquals([prefix.base, prefix.cidr], [first, `${first}/${length}`]);
      assertEquals(writeAddress(prefix.last), stringifyIp({ number: end, version }));
    }));
  }
});

Deno.test("isWithin(), isOverlapping(), isAddressIn() never mix families", () => {
  const [all4, all6] = [readPrefix("0.0.0.0/0")!, readPrefix("::/0")!];
  const [some, other] = [readPrefix("10.1.0.0/24")!, readPrefix("10.1.1.0/24")!];
  assertEquals([isWithin(some, all4), isWithin(some, all6), isWithin(all4, some)], [true, false, false]);
  assertEquals([isOverlapping(some, all4), isOverlapping(all6, some), isOverlapping(some, other)], [
    true,
    false,
    false,
  ]);
  assertEquals([isAddressIn(some.first, all4), isAddressIn(some.first, all6)], [true, false]);
  assertEquals([isAddressIn(some.last, some), isAddressIn(other.first, some)], [true, false]);
});
