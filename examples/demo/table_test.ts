import { assertEquals } from "@std/assert";
import { layOut, LiveTable } from "./table.ts";

Deno.test("layOut() pads every column to its widest cell", () => {
  assertEquals(layOut([["pod", "address"], ["a-long-name", "x"]]), ["pod          address", "a-long-name  x"]);
});

Deno.test("LiveTable prints once, at the end, where the output is no terminal", () => {
  const out: string[] = [];
  const table = new LiveTable(["pod", "ms"], (text) => out.push(text), false);
  const row = table.add(["a", "…"]);
  table.update(row, ["a", "12"]);
  assertEquals(out, []);
  table.end();
  assertEquals(out, ["  pod  ms\n", "  a    12\n"]);
});

Deno.test("LiveTable draws over itself on a terminal", () => {
  const out: string[] = [];
  const table = new LiveTable(["pod"], (text) => out.push(text), true);
  table.add(["a"]);
  table.add(["b"]);
  table.end();
  assertEquals(out.filter((text) => text.endsWith("A")), ["\x1b[2A"]);
  assertEquals(out.at(-1), "\x1b[2K  b\n");
});
