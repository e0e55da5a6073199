import { assert, assertEquals } from "@std/assert";
import { BackOff } from "./back_off.ts";

Deno.test("each wait is twice the one before, up to the limit", () => {
  const backOff = new BackOff(100, 1000, () => 1 - Number.EPSILON);
  assertEquals([1, 2, 3, 4, 5, 6].map(() => Math.round(backOff.next())), [100, 200, 400, 800, 1000, 1000]);
  backOff.reset();
  assertEquals(Math.round(backOff.next()), 100);
});

Deno.test("chance takes up to a half off", () => {
  const backOff = new BackOff(100, 100);
  for (let i = 0; i < 2000; i++) {
    const wait = backOff.next();
    assert(wait >= 50 && wait <= 100, String(wait));
  }
});
