// `deno task compile`: one executable that needs no Deno, with the components, the contract and the v8 engine's glue in
// it. libwasmtime lies beside it: embedded, it would be copied to a temporary file at each start.

import { lastLine, run } from "../command.ts";
import { agentPermissions, permissionFlags, type Places } from "./permissions.ts";

/** Where an installation goes if nothing else is said. */
export const DEFAULT_PLACES: Places = {
  prefix: "/opt/cnidaria",
  stateDir: "/var/lib/cnidaria",
  binDir: "/opt/cni/bin",
};

/**
 * Compiles the bundled host.
 *
 * @param root the checkout, built
 * @param output path of the executable
 * @param places what the executable's permissions are for: they can't be changed afterwards
 * @returns why it could not; undefined where it did
 */
export async function compile(root: string, output: string, places: Places): Promise<string | undefined> {
  const included = [
    "dist/chunks",
    "dist/v8_worker.js",
    "dist/agent_thread.js",
    "dist/web_app.js",
    "dist/web",
    "dist/plugins",
    "host-funcs/wit",
  ];
  const result = await run(Deno.execPath(), [
    "compile",
    "--quiet",
    "--no-config",
    "--no-lock",
    "--no-npm",
    "--no-prompt",
    ...permissionFlags(agentPermissions(places)),
    ...included.flatMap((path) => ["--include", `${root}/${path}`]),
    "--output",
    output,
    `${root}/dist/cnidaria.js`,
  ]);
  if (result?.code === 0) return undefined;
  const text = result?.output ?? "";
  if (/denort|download|dns error|connect/i.test(text)) {
    return "denort, the runtime that `deno compile` embeds, can't be downloaded (DENORT_BIN names a copy)";
  }
  return `deno compile says: ${lastLine(text)}`;
}

if (import.meta.main) {
  const root = new URL("../../..", import.meta.url).pathname.replace(/\/$/, "");
  const output = Deno.args[0] ?? `${root}/dist/bin/cnidaria`;
  const failure = await compile(root, output, DEFAULT_PLACES);
  const line = failure === undefined ? `compiled: ${output}` : `Cannot compile as ${failure}`;
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
  if (failure !== undefined) Deno.exit(1);
}
