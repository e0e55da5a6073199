import { assertEquals } from "@std/assert";
import { isLabelKey, isLabelValue, isPortName } from "./label.ts";

const cases: [what: string, is: (text: string) => boolean, yes: string[], no: string[]][] = [
  [
    "isLabelKey()",
    isLabelKey,
    [
      ...["app", "a", "A1", "9", "a-b_c.d", "a--b", "x".repeat(63)],
      ...["example.com/app", "a/b", "kubernetes.io/metadata.name", `${"x".repeat(253)}/a`, "1.2-3.x/A_b"],
    ],
    [
      ...["", " ", "a b", "-a", "a-", "_a", ".a", "a.", "ä", "x".repeat(64), "a\n", "__proto__"],
      ...["/", "a/", "/a", "a/b/c", "A.com/app", "a_b/app", "a..b/app", "-a.com/app", "a-.com/app", "a.com./app"],
      ...[`${"x".repeat(254)}/a`, `a/${"x".repeat(64)}`],
    ],
  ],
  [
    "isLabelValue()",
    isLabelValue,
    ["", "web", "A", "1.0", "a-b_c.d", "x".repeat(63)],
    ["-a", "a-", "a b", "a/b", "a,b", "a=b", ".", "ä", "x".repeat(64), "a\n", " "],
  ],
  [
    "isPortName()",
    isPortName,
    ["http", "a", "0a", "serve-80-tcp", "1-a", "x".repeat(15)],
    ["", "80", "1-2", "HTTP", "a_b", "-a", "a-", "a--b", "x".repeat(16), "a b", "ä"],
  ],
];

for (const [what, is, yes, no] of cases) {
  for (const text of [...yes, ...no]) {
    Deno.test(`${what} of ${JSON.stringify(text).slice(0, 30)} (${text.length})`, () => {
      assertEquals([is(text), is(text)], [yes.includes(text), yes.includes(text)]);
    });
  }
}

Deno.test("labels are judged alike whatever was judged before", () => {
  for (let count = 0; count < 10_000; count++) {
    assertEquals([isLabelKey(`key-${count}`), isLabelKey(`key-${count}-`)], [true, false]);
  }
});
