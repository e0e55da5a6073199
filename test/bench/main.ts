// `deno task bench`: ADD, DEL, bursts and leases of ours and of the Go plugins, in turns, in namespaces of their own.
// Tables go to stdout as Markdown, the figures to dist/bench.json, with a plot. No test: nothing passes or fails.

import { CommanderError } from "commander";
import { buildProgram, UPSTREAM_PLUGINS } from "../lab/go_program.ts";
import { isolated } from "../runner/isolate.ts";
import { type Options, optionsOf } from "./options.ts";

const complain = (text: string) => Deno.stderr.write(new TextEncoder().encode(`${text}\n`));

/** @returns the exit code */
async function main(options: Options): Promise<number> {
  for (const program of UPSTREAM_PLUGINS) {
    const why = await buildProgram(program);
    if (why !== undefined) await complain(`Not built: ${program.folder}: ${why}`);
  }
  const script = new URL("./measure.ts", import.meta.url).pathname;
  const { argv: [program = "", ...args], why } = isolated([
    ...[Deno.execPath(), "run", "-A", script, JSON.stringify(options)],
  ]);
  if (why !== undefined) {
    await complain(`Cannot measure as it needs namespaces of its own: ${why}`);
    return 1;
  }
  const directory = await Deno.makeTempDir({ prefix: "cnidaria-bench-" });
  try {
    const env = { TMPDIR: directory };
    const child = new Deno.Command(program, { args, env, stdin: "piped", stdout: "inherit", stderr: "inherit" })
      .spawn();
    // It ends, and removes what it made, when its standard input does: on a signal here, or if this process is killed.
    const stop = () => void child.stdin.close().catch(() => {});
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);
    return (await child.status).code;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

try {
  Deno.exit(await main(optionsOf(Deno.args)));
} catch (error) {
  // It has told why by itself.
  if (error instanceof CommanderError) Deno.exit(error.exitCode === 0 ? 0 : 2);
  throw error;
}
