import { assert, assertEquals, assertThrows } from "@std/assert";
import { HostCallError } from "../error.ts";
import { bucketOf, isBurstOf, policeTicksOf, queueLimit, rateText, ticksOf } from "./token_bucket.ts";

Deno.test.each(
  [
    ["ten frames at a low rate", 8_000_000n, 1500, "tbf", 15_140],
    ["10 ms at a high one", 10_000_000_000n, 1500, "tbf", 12_500_000],
    ["ten frames of the link's MTU", 8_000_000n, 9000, "ifb", 90_140],
    ["the largest packet for a policer", 8_000_000n, 1500, "police", 65_550],
    ["10 ms for a policer at a high rate", 10_000_000_000n, 1500, "police", 12_500_000],
    ["no more than 32 bits of bytes", 9_000_000_000_000_000n, 1500, "tbf", 0xffff_fffe],
  ] as const,
)("the burst where none is given is %s", (_what, rate, mtu, method, burst) => {
  assertEquals(bucketOf({ rate }, mtu, method).burst, burst);
});

Deno.test("bits become bytes, and what the kernel cannot have is refused", () => {
  assertEquals(bucketOf({ rate: 8_000_007n, burst: 15n }, 1500, "tbf"), { rate: 1_000_000, burst: 1 });
  for (const wrong of [{ rate: 7n }, { rate: 1n << 53n }, { rate: 8n, burst: 7n }, { rate: 8n, burst: 1n << 35n }]) {
    const error = assertThrows(() => bucketOf(wrong, 1500, "tbf"), HostCallError);
    assertEquals(error.code, "invalid");
  }
});

Deno.test("ticks of 64 ns, of which the kernel shows 32 bits, with its rounding", () => {
  const bucket = { rate: 1_000_000, burst: 15_140 };
  assertEquals([ticksOf(bucket), queueLimit(bucket)], [236_562, 40_140]);
  for (const ticks of [236_562, 236_563, 236_580]) assert(isBurstOf(bucket, ticks));
  for (const ticks of [236_000, 237_000]) assert(!isBurstOf(bucket, ticks));
  const long = { rate: 1, burst: 1000 };
  assertEquals([ticksOf(long), policeTicksOf(long)], [Math.floor(1e12 / 64) % 2 ** 32, 2 ** 32 - 1]);
  for (const ticks of [ticksOf(long), 2 ** 32 - 1]) assert(isBurstOf(long, ticks));
});

Deno.test("rates for a person", () => {
  const rates = [1, 187.5, 1_000_000, 1_250_000_000, 12_500_000_000_000];
  assertEquals(rates.map(rateText), ["8 bit/s", "1.5 kbit/s", "8 Mbit/s", "10 Gbit/s", "100000 Gbit/s"]);
});
