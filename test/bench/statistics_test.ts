import { assertEquals, assertThrows } from "@std/assert";
import { seriesOf, tableOf } from "./statistics.ts";

Deno.test("seriesOf() gives the middle and the 95th percentile of times in any order", () => {
  const times = Array.from({ length: 100 }, (_, index) => 100 - index);
  assertEquals(seriesOf(times), { p50: 50, p95: 95 });
  assertEquals(seriesOf([7]), { p50: 7, p95: 7 });
});

Deno.test("seriesOf() refuses an empty series", () => {
  assertThrows(() => seriesOf([]), Error, "nothing was measured");
});

Deno.test("tableOf() writes one line for each row", () => {
  const row = { scenario: "s", command: "ADD", label: "l", series: { p50: 1.24, p95: 2 }, ratio: 0.5 } as const;
  assertEquals(tableOf([row]).split("\n")[2], "| s | ADD | l | 1.2 | 2.0 | 0.50 |");
});
