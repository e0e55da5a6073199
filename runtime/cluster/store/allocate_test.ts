import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { chooseSubnet, fits, overlap } from "./allocate.ts";
import { type NetworkRange, parseNetworkConfig } from "../network_config.ts";

function rangeOf(conf: Record<string, unknown>): NetworkRange {
  const { ipv4, ipv6 } = parseNetworkConfig(JSON.stringify(conf), "test");
  return (ipv6 ?? ipv4)!;
}

const TEN = rangeOf({ Network: "10.5.0.0/16" });
const SIX = rangeOf({ EnableIPv4: false, EnableIPv6: true, IPv6Network: "fd00:5::/32" });
const first = () => 0;
const last = (count: number) => count - 1;

Deno.test("the first free one, past those used", () => {
  assertEquals(chooseSubnet(TEN, [], first), "10.5.1.0/24");
  assertEquals(chooseSubnet(TEN, ["10.5.1.0/24", "10.5.3.0/24"], first), "10.5.2.0/24");
  assertEquals(chooseSubnet(TEN, ["10.5.1.0/24", "10.5.2.0/24"], first), "10.5.3.0/24");
  assertEquals(chooseSubnet(SIX, ["fd00:5:0:1::/64"], first), "fd00:5:0:2::/64");
});

Deno.test("the choice is among the first hundred that are free", () => {
  assertEquals(chooseSubnet(TEN, [], last), "10.5.100.0/24");
  assertEquals(chooseSubnet(TEN, ["10.5.0.0/17"], last), "10.5.227.0/24");
});

Deno.test("one used of another length takes all that it overlaps", () => {
  assertEquals(chooseSubnet(TEN, ["10.5.0.0/20"], first), "10.5.16.0/24");
  assertEquals(chooseSubnet(TEN, ["10.5.1.128/30"], first), "10.5.2.0/24");
  assertEquals(chooseSubnet(TEN, ["10.0.0.0/8"], first), undefined);
});

Deno.test("other families and nonsense take nothing", () => {
  assertEquals(chooseSubnet(TEN, ["fd00::/8", "nonsense", ""], first), "10.5.1.0/24");
});

Deno.test("none where all are used", () => {
  const small = rangeOf({ Network: "10.5.0.0/28" });
  assertEquals(chooseSubnet(small, ["10.5.0.4/30", "10.5.0.8/30", "10.5.0.12/30"]), undefined);
});

Deno.test("what fits the range", () => {
  assert(fits(TEN, "10.5.1.0/24") && fits(TEN, "10.5.255.0/24"));
  for (const no of ["10.5.0.0/24", "10.6.1.0/24", "10.5.1.0/25", "10.5.0.0/16", "fd00::/64", "10.5.1.0", ""]) {
    assert(!fits(TEN, no), no);
  }
});

Deno.test("overlap", () => {
  assert(overlap("10.5.0.0/16", "10.5.9.0/24") && overlap("10.5.9.0/24", "10.5.0.0/16"));
  assert(!overlap("10.5.1.0/24", "10.5.2.0/24") && !overlap("0.0.0.0/0", "::/0"));
});

/** Ranges of some size and subnets within or around them. */
const networks = fc.tuple(fc.integer({ min: 16, max: 28 }), fc.nat({ max: 0xffff })).map(([prefix, low]) =>
  rangeOf({ Network: `10.${low >> 8}.${low & 255}.0/${prefix}` })
);
const used = fc.array(
  fc.tuple(fc.nat({ max: 0xffffff }), fc.integer({ min: 12, max: 32 })).map(([low, prefix]) =>
    `10.${low >> 16}.${(low >> 8) & 255}.${low & 255}/${prefix}`
  ),
  { maxLength: 40 },
);

Deno.test("whatever is used, the choice fits and overlaps nothing", () => {
  fc.assert(fc.property(networks, used, fc.nat(), (range, taken, luck) => {
    const chosen = chooseSubnet(range, taken, (count) => luck % Math.max(1, count));
    if (chosen === undefined) return;
    assert(fits(range, chosen), chosen);
    for (const other of taken) assert(!overlap(chosen, other), `${chosen} ${other}`);
  }));
});

Deno.test("every subnet is given once, and then none", () => {
  fc.assert(fc.property(fc.integer({ min: 20, max: 28 }), fc.infiniteStream(fc.nat()), (prefix, luck) => {
    const range = rangeOf({ Network: `10.5.0.0/${prefix}` });
    const given: string[] = [];
    for (;;) {
      const chosen = chooseSubnet(range, given, (count) => luck.next().value % Math.max(1, count));
      if (chosen === undefined) break;
      given.push(chosen);
    }
    assertEquals(new Set(given).size, given.length);
    assertEquals(given.length, 2 ** (range.subnetLength - prefix) - 1);
  }));
});
