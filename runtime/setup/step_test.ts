import { assertEquals } from "@std/assert";
import { runSteps } from "./step.ts";

Deno.test("runSteps() tells one line for each step, aligned", async () => {
  const lines: string[] = [];
  const done = await runSteps([
    { name: "a", run: () => ({ state: "ok", why: "made" }) },
    { name: "long", run: () => Promise.resolve({ state: "missing" as const, why: "run this" }) },
  ], (line) => lines.push(line));
  assertEquals(done, true);
  assertEquals(lines, ["a     ok       made", "long  missing  run this"]);
});

Deno.test("runSteps() stops at a failure and says why without a stack trace", async () => {
  const lines: string[] = [];
  let reached = false;
  const done = await runSteps([
    {
      name: "a",
      run: () => {
        throw new Error("Cannot build as the disk is full: dist");
      },
    },
    {
      name: "b",
      run: () => {
        reached = true;
        return { state: "ok", why: "" };
      },
    },
  ], (line) => lines.push(line));
  assertEquals([done, reached], [false, false]);
  assertEquals(lines, ["a  failed   Cannot build as the disk is full: dist"]);
});
