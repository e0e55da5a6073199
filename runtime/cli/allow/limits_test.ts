import { assertEquals, assertThrows } from "@std/assert";
import { CommandFailure } from "../output.ts";
import { limitLines, limitsWith } from "./limits.ts";

const DECLARED = { memoryBytes: 67108864, timeMs: 60000, fuel: 1000000000, hostCalls: 1000, valueBytes: 1_048_576 };

Deno.test("limitsWith() replaces the limits that are given, the last one counts", () => {
  assertEquals(limitsWith(DECLARED, []), DECLARED);
  const limits = limitsWith(DECLARED, ["timeMs=1", "fuel=20", "timeMs=2000"]);
  assertEquals(limits, { ...DECLARED, timeMs: 2000, fuel: 20 });
  assertEquals(limitLines(DECLARED, limits)[1], "timeMs 2000, instead of 60000 in its plugin.json");
  assertEquals(limitLines(DECLARED, limits)[0], "memoryBytes 67108864");
});

for (
  const [text, why] of [
    ["time=5", "there is none of that name: time=5 (memoryBytes, timeMs, fuel, hostCalls, valueBytes"],
    ["constructor=5", "none of that name"],
    ["", "none of that name"],
    ["timeMs", "whole number of at least 1: timeMs"],
    ["timeMs=", "whole number"],
    ["timeMs=0", "whole number"],
    ["timeMs=-1", "whole number"],
    ["timeMs=1.5", "whole number"],
    ["timeMs=5=6", "whole number"],
    ["timeMs=1e3", "whole number"],
    [`timeMs=${"9".repeat(400)}`, "whole number"],
  ] as const
) {
  Deno.test(`limitsWith() refuses ${JSON.stringify(text.slice(0, 20))} with exit code 2`, () => {
    assertEquals((assertThrows(() => limitsWith(DECLARED, [text]), CommandFailure, why) as CommandFailure).code, 2);
  });
}
