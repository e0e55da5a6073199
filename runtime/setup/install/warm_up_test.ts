import { assert, assertEquals } from "@std/assert";
import { warmUpAgent } from "./warm_up.ts";

/** Runs a test with a program for sh(1); `$dir` in it is a folder. */
async function withProgram(script: string, body: (program: string, dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${dir}/host`, `#!/bin/sh\ndir='${dir}'\n${script}`, { mode: 0o755 });
    await body(`${dir}/host`, dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** As the agent's log has it. */
const READY = `echo '{"level":"info","message":"ready"}' >&2`;

Deno.test("an agent is started with a state of its own, and ended as soon as it is ready", () =>
  withProgram(
    `
echo "$*" > "$dir/arguments"
echo "$CNIDARIA_STATE" > "$dir/state"
trap 'echo ended > "$dir/ended"; exit 0' TERM
${READY}
while :; do sleep 0.02; done`,
    async (program, dir) => {
      assertEquals(await warmUpAgent(program), true);
      const read = async (name: string) => (await Deno.readTextFile(`${dir}/${name}`)).trim();
      const state = await read("state");
      const sockets = `--socket ${state}/agent.sock --http ${state}/http.sock`;
      assertEquals(await read("arguments"), `agent ${sockets} --gc-interval 0 --repair-interval 0`);
      assertEquals(await read("ended"), "ended");
      await Deno.stat(state).then(() => assert(false, "its state is left"), () => {});
    },
  ));

Deno.test("one that ends at once, fails in the end, or is never ready is none", async () => {
  const scripts = ["exit 1", `trap 'exit 3' TERM; ${READY}; while :; do sleep 0.02; done`, "exec sleep 60"];
  for (const script of scripts) {
    await withProgram(script, async (program) => assertEquals(await warmUpAgent(program, 500), false, script));
  }
});
