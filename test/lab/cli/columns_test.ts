import { assertEquals } from "@std/assert";
import { columns } from "./columns.ts";

Deno.test("columns() makes every column as wide as its widest cell", () => {
  assertEquals(columns([["a", "bb", "c"], ["aaa", "", "c"], ["a"]]), "a    bb  c\naaa      c\na\n");
  assertEquals(columns([]), "");
});
