// `deno task bench [ROUNDS] [LEASES]`: ADD and DEL of ours and of the Go plugins, in pairs, in namespaces of their own.
// The table goes to stdout as Markdown, the figures to dist/bench.json. No test: nothing passes or fails.

import { buildProgram, UPSTREAM_PLUGINS } from "../lab/go_program.ts";
import { isolated } from "../runner/isolate.ts";

const [rounds = "30", leases = "1000"] = Deno.args;
const path = new URL("../../dist/bench.json", import.meta.url).pathname;
const complain = (text: string) => Deno.stderr.write(new TextEncoder().encode(`${text}\n`));

for (const program of UPSTREAM_PLUGINS) {
  const why = await buildProgram(program);
  if (why !== undefined) await complain(`Not built: ${program.folder}: ${why}`);
}
const script = new URL("./measure.ts", import.meta.url).pathname;
const { argv, why } = isolated([Deno.execPath(), "run", "-A", script, rounds, leases, path]);
if (why !== undefined) {
  await complain(`Cannot measure as it needs namespaces of its own: ${why}`);
  Deno.exit(1);
}
const [program = "", ...args] = argv;
const { code } = await new Deno.Command(program, { args, stdin: "null", stdout: "inherit", stderr: "inherit" }).spawn()
  .status;
Deno.exit(code);
