import { assert, assertEquals } from "@std/assert";
import { plainEnvironment, runProgram } from "./process.ts";

Deno.test("runProgram() ends a program at its limit, with what it has started", async () => {
  const began = performance.now();
  const { late } = await runProgram(["sh", "-c", "sleep 30; true"], plainEnvironment(), "", 300);
  assertEquals(late, true);
  assert(performance.now() - began < 5_000);
});

Deno.test("runProgram() hands over input, environment, output and exit status", async () => {
  const env = { ...plainEnvironment(), WORD: "hello" };
  const script = 'read line; echo "$line $WORD"; echo no >&2; exit 3';
  assertEquals(await runProgram(["sh", "-c", script], env, "input\n"), {
    code: 3,
    stdout: "input hello\n",
    stderr: "no\n",
    late: false,
  });
});
