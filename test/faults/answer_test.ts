import { assertEquals, assertStringIncludes } from "@std/assert";
import { answerFault } from "./answer.ts";

const error = JSON.stringify({ cniVersion: "1.1.0", code: 7, msg: "Cannot do it" });

Deno.test("answerFault() takes a result, an empty answer of success, and an error", () => {
  assertEquals(answerFault({ code: 0, stdout: "", stderr: "" }), undefined);
  assertEquals(answerFault({ code: 0, stdout: '{"cniVersion":"1.1.0"}', stderr: "a line" }), undefined);
  assertEquals(answerFault({ code: 1, stdout: error, stderr: "a line at 3 a.m." }), undefined);
});

for (
  const [what, answer] of [
    ["a stack trace on standard error", { stderr: "Error: x\n    at f (file:///a.ts:1:2)" }],
    ["a stack trace on standard output", { stdout: '{"code":7,"msg":"at file:///a.ts"}' }],
    ["exit status 134", { code: 134 }],
    ["no JSON on standard output", { stdout: "{" }],
    ["no JSON object", { stdout: "[]" }],
    ["an error with exit status 0", { code: 0 }],
    ["an error without a code", { stdout: '{"msg":"Cannot do it"}' }],
    ["an error without a sentence", { stdout: '{"code":7,"msg":" "}' }],
  ] as const
) {
  Deno.test(`answerFault() names ${what}`, () => {
    assertStringIncludes(answerFault({ code: 1, stdout: error, stderr: "", ...answer }) ?? "nothing", what);
  });
}
