import { assertEquals, assertThrows } from "@std/assert";
import { median, medianText, repetitions, summaryOf } from "./statistics.ts";

Deno.test("summaryOf() gives the percentiles of times in any order", () => {
  const times = Array.from({ length: 200 }, (_, index) => 200 - index);
  assertEquals(summaryOf(times), { count: 200, p50: 100, p95: 190, p99: 198 });
  assertEquals(summaryOf([7]), { count: 1, p50: 7, p95: 7, p99: 7 });
  assertEquals(summaryOf([3, 1, 2]), { count: 3, p50: 2, p95: 3, p99: 3 });
});

Deno.test("summaryOf() refuses an empty series", () => {
  assertThrows(() => summaryOf([]), Error, "nothing was measured");
});

Deno.test("repetitions() counts each value but its first", () => {
  assertEquals(repetitions([]), 0);
  assertEquals(repetitions(["a", "b"]), 0);
  assertEquals(repetitions(["a", "b", "a", "a", "b"]), 3);
});

Deno.test("medianText() gives the median and the spread, where there is one", () => {
  assertEquals(median([5, 1, 3]), 3);
  assertEquals(medianText([5, 1, 3.14159], 2), "3.14 (1.00-5.00)");
  assertEquals(medianText([7, 7], 0), "7");
});
