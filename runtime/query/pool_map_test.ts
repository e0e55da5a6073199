import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatNetwork, type IpNetwork, parseAddress, parseNetwork } from "../../host-funcs/ip_number.ts";
import { type Layout, layoutOf, sizeOf } from "../../host-funcs/leases/layout.ts";
import { blocksOf, cellsOf, crumbsOf, isSmall, rowsOf, textOf } from "./pool_map.ts";
import type { Holder } from "./pool_leases.ts";

function network(text: string): IpNetwork {
  return parseNetwork(text)!;
}

function holdersAt(numbers: Iterable<bigint>): Holder[] {
  return [...new Set(numbers)].sort((a, b) => a < b ? -1 : 1).map((number) => ({
    number,
    lease: {} as Holder["lease"],
    attachment: undefined,
  }));
}

function at(address: string): bigint {
  return parseAddress(address)!.number;
}

/** A range of a /24 with some of its addresses held. */
const held = fc.record({
  first: fc.integer({ min: 0, max: 200 }),
  length: fc.integer({ min: 0, max: 55 }),
  gateway: fc.integer({ min: 1, max: 254 }),
  offsets: fc.array(fc.nat(), { maxLength: 60 }),
}).map(({ first, length, gateway, offsets }) => {
  const text = (last: number) => `10.1.2.${last}`;
  const layout = layoutOf([{
    subnet: "10.1.2.0/24",
    first: text(first),
    last: text(first + length),
    gateway: text(gateway),
  }]);
  const [range] = layout.ranges;
  const numbers = offsets.map((it) => range!.first + BigInt(it % (length + 1))).filter((it) =>
    !range!.reserved.has(it)
  );
  return { layout, holders: holdersAt(numbers) };
});

Deno.test("cells are the subnet, each address once; rows are the ranges, nothing twice and nothing left out", () => {
  fc.assert(fc.property(held, ({ layout, holders }) => {
    const whole = network("10.1.2.0/24");
    const cells = cellsOf(whole, layout, holders);
    assertEquals(
      cells.map((it) => it.kind === "held" ? it.holder.number : it.number),
      Array.from({ length: 256 }, (_, offset) => whole.first + BigInt(offset)),
    );
    assertEquals(cells.filter(({ kind }) => kind === "held").length, holders.length);
    const free = cells.filter(({ kind }) => kind === "free").length;
    assertEquals(BigInt(free + holders.length), sizeOf(layout));

    const rows = rowsOf(whole, layout, holders);
    let next = layout.ranges[0]!.first;
    let counted = 0n;
    for (const row of rows) {
      const first = row.kind === "free" ? row.first : row.kind === "held" ? row.holder.number : row.number;
      const last = row.kind === "free" ? row.last : first;
      assertEquals(first, next);
      next = last + 1n;
      if (row.kind === "free") counted += last - first + 1n;
    }
    assertEquals(next, layout.ranges[0]!.last + 1n);
    assertEquals(Number(counted), free);
    // Two free ranges side by side would be one.
    assert(rows.every((row, index) => row.kind !== "free" || rows[index + 1]?.kind !== "free"));
  }));
});

Deno.test("a /16 is 256 blocks that hold what it holds", () => {
  const layout = layoutOf([{ subnet: "10.1.0.0/16", first: "10.1.0.1", last: "10.1.255.254", gateway: "10.1.0.1" }]);
  const whole = network("10.1.0.0/16");
  assert(!isSmall(whole));
  const holders = holdersAt(["10.1.0.2", "10.1.0.255", "10.1.7.0", "10.1.255.254"].map(at));
  const blocks = blocksOf(whole, layout, holders);
  assertEquals(blocks.length, 256);
  assertEquals(
    blocks.filter(({ held }) => held.length > 0).map(({ network, held }) => [formatNetwork(network), held.length]),
    [
      ["10.1.0.0/24", 2],
      ["10.1.7.0/24", 1],
      ["10.1.255.0/24", 1],
    ],
  );
  assertEquals(blocks.reduce((sum, { size }) => sum + size, 0n), sizeOf(layout));
  assertEquals([blocks[0]!.size, blocks[1]!.size, blocks[255]!.size], [254n, 256n, 255n]);
  assert(blocks.every(({ network }) => isSmall(network)));
});

Deno.test("blocks of any IPv4 prefix are its parts, without a gap", () => {
  for (let prefix = 8; prefix < 22; prefix++) {
    const whole = network(`10.0.0.0/${prefix}`);
    const layout: Layout = layoutOf([{
      subnet: `10.0.0.0/${prefix}`,
      first: "10.0.0.0",
      last: textOf(whole, whole.last),
    }]);
    const blocks = blocksOf(whole, layout, []);
    assert(blocks.length <= 256 && blocks.length >= 2, `/${prefix}: ${blocks.length}`);
    assertEquals([blocks[0]!.network.first, blocks.at(-1)!.network.last], [whole.first, whole.last]);
    assert(blocks.every((it, index) => index === 0 || it.network.first === blocks[index - 1]!.network.last + 1n));
  }
});

Deno.test("of an IPv6 pool those prefixes are shown that hold something, as small as there are few", () => {
  const layout = layoutOf([{ subnet: "fd00::/64", first: "fd00::", last: "fd00::ffff:ffff:ffff:ffff" }]);
  const whole = network("fd00::/64");
  assertEquals(blocksOf(whole, layout, []), []);
  const two = blocksOf(whole, layout, holdersAt([at("fd00::2"), at("fd00::3"), at("fd00::1:0:0:5")]));
  assertEquals(two.map(({ network, held }) => [formatNetwork(network), held.length]), [["fd00::/118", 2], [
    "fd00::1:0:0:0/118",
    1,
  ]]);
  assert(two.every(({ network }) => isSmall(network)));
  const many = holdersAt(Array.from({ length: 5_000 }, (_, number) => whole.first + (BigInt(number) << 20n)));
  const blocks = blocksOf(whole, layout, many);
  assert(blocks.length > 1 && blocks.length <= 256);
  assertEquals(blocks.reduce((sum, { held }) => sum + held.length, 0), 5_000);
});

Deno.test("crumbs lead from the subnet to what is shown", () => {
  assertEquals(crumbsOf(network("10.1.0.0/16"), network("10.1.0.0/16")), ["10.1.0.0/16"]);
  assertEquals(crumbsOf(network("10.1.0.0/16"), network("10.1.7.0/24")), ["10.1.0.0/16", "10.1.7.0/24"]);
});
