import { assertEquals } from "@std/assert";
import { problemLines } from "./problem_lines.ts";

Deno.test("each problem has its file, line, document, object and path; all of them are counted", () => {
  const policy = { file: "a.yaml", line: 7, document: 2, object: "NetworkPolicy shop/web" };
  assertEquals(problemLines([{ ...policy, path: "spec.ingress[0]", message: "is null" }]), [
    "a.yaml:7: document 2: NetworkPolicy shop/web: spec.ingress[0] is null",
    "1 error",
  ]);
  assertEquals(
    problemLines([{ file: "b.yaml", message: "Cannot be read: \u0007" }, { ...policy, message: "is twice" }]),
    [
      "b.yaml: Cannot be read: \\u{7}",
      "a.yaml:7: document 2: NetworkPolicy shop/web: is twice",
      "2 errors",
    ],
  );
});
