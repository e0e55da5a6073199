import { assertEquals } from "@std/assert";
import { movedBy } from "./grid_keys.ts";

/** 3 rows of 8, and one of 5. */
function moved(key: string, at: number, ctrlKey = false): number | undefined {
  return movedBy({ key, ctrlKey, altKey: false, metaKey: false }, at, 29, 8);
}

Deno.test("arrows move by a cell, and stay at the edges", () => {
  assertEquals([moved("ArrowRight", 0), moved("ArrowRight", 28), moved("ArrowLeft", 8), moved("ArrowLeft", 0)], [
    1,
    28,
    7,
    0,
  ]);
  assertEquals([moved("ArrowDown", 3), moved("ArrowDown", 22), moved("ArrowUp", 9), moved("ArrowUp", 3)], [
    11,
    22,
    1,
    3,
  ]);
});

Deno.test("Home and End lead to the ends of a row, with Control to those of the grid", () => {
  assertEquals([moved("Home", 13), moved("End", 13), moved("End", 26)], [8, 15, 28]);
  assertEquals([moved("Home", 13, true), moved("End", 13, true)], [0, 28]);
});

Deno.test("pages stay in their column", () => {
  assertEquals([moved("PageDown", 1), moved("PageDown", 6), moved("PageUp", 26), moved("PageUp", 1)], [25, 22, 2, 1]);
});

Deno.test("other keys are the browser's", () => {
  assertEquals([moved("Tab", 3), moved("a", 3)], [undefined, undefined]);
  assertEquals(movedBy({ key: "ArrowLeft", ctrlKey: false, altKey: true, metaKey: false }, 3, 29, 8), undefined);
});
