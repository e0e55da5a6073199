import { assertEquals } from "@std/assert";
import { ERROR_CODES } from "./error_codes.ts";
import { CniFailure, failureOfPlugin, formatFailure, isCniError } from "./failure.ts";

Deno.test("formatFailure() writes the error result, without empty details", () => {
  assertEquals(JSON.parse(formatFailure(new CniFailure("invalidConfig", "no", "why"), "0.4.0")), {
    cniVersion: "0.4.0",
    code: 7,
    msg: "no",
    details: "why",
  });
  assertEquals(JSON.parse(formatFailure(new CniFailure(142, "no"), "1.1.0")), {
    cniVersion: "1.1.0",
    code: 142,
    msg: "no",
  });
});

for (const code of [2, 7, 11, 50, 51, 100, 999]) {
  Deno.test(`failureOfPlugin() lets a plugin answer ${code}`, () => {
    assertEquals(failureOfPlugin("p", { code, msg: "m", details: "d" }).code, code);
  });
}

for (const code of [0, 1, 9, 10, 12, 49, 99]) {
  Deno.test(`failureOfPlugin() does not let a plugin answer ${code}`, () => {
    const failure = failureOfPlugin("p", { code, msg: "m", details: "d" });
    assertEquals([failure.code, failure.message.startsWith("m"), failure.details], [
      ERROR_CODES.pluginFailed,
      true,
      "d",
    ]);
  });
}

for (
  const value of [null, 5, {}, { code: 1.5, msg: "", details: "" }, { code: 1, msg: 1, details: "" }, {
    code: 1,
    msg: "",
  }]
) {
  Deno.test(`isCniError() is false for ${JSON.stringify(value)}`, () => assertEquals(isCniError(value), false));
}

Deno.test("no two names have the same code", () => {
  const codes = Object.values(ERROR_CODES);
  assertEquals(new Set<number>(codes).size, codes.length);
});
