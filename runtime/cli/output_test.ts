import { assertEquals } from "@std/assert";
import { table } from "./output.ts";

Deno.test("table() aligns columns and leaves no blanks at the end of a line", () => {
  assertEquals(table(["ADDRESS", "POD"], [["10.0.0.2", "a"], ["10.0.0.10", ""]]), [
    "ADDRESS    POD",
    "10.0.0.2   a",
    "10.0.0.10",
  ]);
});

Deno.test("table() without rows is its headings", () => {
  assertEquals(table(["A", "B"], []), ["A  B"]);
});
