// `deno task bench:chain`: starts chain_calls.ts in namespaces of its own.

import { buildProgram, UPSTREAM_PLUGINS } from "../lab/go_program.ts";
import { runIsolated } from "./isolated_script.ts";

for (const program of UPSTREAM_PLUGINS) {
  const why = await buildProgram(program);
  if (why !== undefined) await Deno.stderr.write(new TextEncoder().encode(`Not built: ${program.folder}: ${why}\n`));
}
Deno.exitCode = await runIsolated(
  new URL("./chain_calls.ts", import.meta.url),
  "what a chain of plugins costs",
  () => undefined,
);
