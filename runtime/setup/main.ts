// `deno task setup` and `deno task build`: everything that a checkout needs before it runs. npm packages are there
// already when this runs, since Deno fetches them itself.
//
//   main.ts            all the steps
//   main.ts build      components and bundle alone, which need no network

import { bundle } from "./bundle.ts";
import { buildComponents } from "./components.ts";
import { buildEntry } from "./entry.ts";
import { withLock } from "./lock.ts";
import { installNftables } from "./nftables.ts";
import { precompileComponents } from "./precompile.ts";
import { runSteps, type Say, type Step } from "./step.ts";
import { installWasmtime } from "./wasmtime.ts";
import { buildWeb } from "./web.ts";

/**
 * Sets a checkout up. A second run finds nothing to do; two at once take turns.
 *
 * @param root the checkout
 * @returns false where a step failed
 */
export async function setUp(root: string, say: Say, only: "all" | "build" = "all"): Promise<boolean> {
  const build: Step[] = [
    { name: "components", run: () => buildComponents(root) },
    { name: "bundle", run: () => bundle(root) },
    { name: "web", run: () => buildWeb(root) },
  ];
  const all: Step[] = [
    { name: "libwasmtime", run: () => installWasmtime(`${root}/dist/lib`) },
    { name: "libnftables", run: () => installNftables() },
    { name: "entry", run: () => buildEntry(root) },
    ...build,
    { name: "precompile", run: () => precompileComponents(`${root}/dist`) },
  ];
  await Deno.mkdir(`${root}/dist/lib`, { recursive: true });
  const waiting = () => say("another set-up of this checkout is running: waiting for it");
  return await withLock(`${root}/dist/.setup.lock`, waiting, () => runSteps(only === "all" ? all : build, say));
}

if (import.meta.main) {
  const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
  const say: Say = (line) => Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
  if (!await setUp(root, say, Deno.args[0] === "build" ? "build" : "all")) Deno.exit(1);
}
