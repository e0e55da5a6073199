// A fault in every point of every plugin's calls: the host function, the kernel or the disk refuses, the plugin traps, or
// SIGKILL ends the process. Then DEL, GC, or another ADD: the node is as it was.

import { assertEquals } from "@std/assert";
import { labTest } from "../lab/isolation.ts";
import { esbuildStays, FaultyProgram } from "./faulty_program.ts";
import { type Scenario, SCENARIOS } from "./scenarios.ts";
import { sweepPoints } from "./sweep.ts";

/**
 * One trial in so many; 0 is none. CNIDARIA_SWEEP=all makes them all, which takes a quarter of an hour. flannel and
 * chains run bridge with others around it; between the engines it differs how a plugin ends, not what is taken
 * back.
 */
function everyOf({ name }: Scenario, engine: "wasmtime" | "v8", shared: boolean): number {
  if (Deno.env.get("CNIDARIA_SWEEP") === "all") return 1;
  if (name === "host-device") return engine === "wasmtime" && shared ? 12 : 0;
  if (engine === "v8") return shared && name !== "chain" ? 40 : 0;
  if (shared) return { bridge: 3, ptp: 6, flannel: 8, chain: 8, static: 6 }[name] ?? 3;
  return { bridge: 7, flannel: 14, chain: 20 }[name] ?? 9;
}

let built: Promise<FaultyProgram> | undefined;

/** The program, built once for all tests of this file. */
function program(): Promise<FaultyProgram> {
  built ??= FaultyProgram.build().then((made) => {
    globalThis.addEventListener("unload", () => Deno.removeSync(made.directory, { recursive: true }));
    return made;
  });
  return built;
}

function sweepTest(scenario: Scenario, engine: "wasmtime" | "v8", shared: boolean): void {
  const every = everyOf(scenario, engine, shared);
  if (every === 0) return;
  const name = `${scenario.name} on ${engine}, ${shared ? "beside another pod" : "on a node without pods"}`;
  Deno.test({
    ...esbuildStays,
    ...labTest(`${name}: no fault leaves anything`),
    fn: async () => {
      const { tried, problems } = await sweepPoints({ program: await program(), scenario, engine, shared }, every);
      const line = `${name}: faults at ${tried.ADD} points of ADD, ${tried.DEL} of DEL, ${tried.recovery} of recovery` +
        `${every === 1 ? "" : ` (one in ${every})`}; ${problems.length} problems\n`;
      await Deno.stderr.write(new TextEncoder().encode(line));
      assertEquals(problems, []);
    },
  });
}

for (const engine of ["wasmtime", "v8"] as const) {
  for (const scenario of SCENARIOS) {
    for (const shared of [true, false]) sweepTest(scenario, engine, shared);
  }
}
