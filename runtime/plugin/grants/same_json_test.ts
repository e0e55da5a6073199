import { assertEquals } from "@std/assert";
import { sameJson } from "./same_json.ts";

for (
  const [a, b, expected] of [
    [undefined, undefined, true],
    [null, undefined, false],
    [1, "1", false],
    [{ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }, true],
    [{ a: 1 }, { a: 1, b: 2 }, false],
    [{ a: undefined }, { b: undefined }, false],
    [[1, 2], [2, 1], false],
    [[], {}, false],
    [{ constructor: 1 }, {}, false],
    [[[{ subnet: "10.0.0.0/8" }]], [[{ subnet: "10.0.0.0/9" }]], false],
  ] as const
) {
  Deno.test(`sameJson(${JSON.stringify(a)}, ${JSON.stringify(b)}) is ${expected}`, () => {
    assertEquals([sameJson(a, b), sameJson(b, a)], [expected, expected]);
  });
}
