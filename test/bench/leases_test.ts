import { assert, assertEquals } from "@std/assert";
import { measureLeases } from "./leases.ts";

Deno.test("measureLeases() measures at each number of leases held", () => {
  const figures = measureLeases({ kind: "leases", name: "leases", held: [0, 50] });
  assertEquals(figures.map(({ held }) => held), [0, 50]);
  for (const { times: { p50, p99 } } of figures) assert(0 < p50 && p50 <= p99);
});
