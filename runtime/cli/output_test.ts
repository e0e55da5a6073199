import { assertEquals } from "@std/assert";
import { printable, sectionLines, table } from "./output.ts";

Deno.test("table() aligns columns and leaves no blanks at the end of a line", () => {
  assertEquals(table(["ADDRESS", "POD"], [["10.0.0.2", "a"], ["10.0.0.10", ""]]), [
    "ADDRESS    POD",
    "10.0.0.2   a",
    "10.0.0.10",
  ]);
});

Deno.test("table() lets no cell move the cursor, and aligns what it writes in place of that", () => {
  assertEquals(table(["POD", "AGE"], [["a\u001b[1A", "1s"], ["b", "2s"]]), [
    "POD         AGE",
    "a\\u{1b}[1A  1s",
    "b           2s",
  ]);
});

Deno.test("table() without rows is its headings", () => {
  assertEquals(table(["A", "B"], []), ["A  B"]);
});

Deno.test("sectionLines() names the section once, and says so where it is empty", () => {
  assertEquals(sectionLines("imports", ["a", "b"]), ["imports    a", "           b"]);
  assertEquals(sectionLines("imports", []), ["imports    none"]);
});

Deno.test("printable() writes out what could deceive a reader", () => {
  assertEquals(printable("a\u001b[1A\nb\u202ec\u2028"), "a\\u{1b}[1A\\u{a}b\\u{202e}c\\u{2028}");
  assertEquals(printable("größer 名前"), "größer 名前");
});
