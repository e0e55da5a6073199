// A fault in every point of every plugin's calls: the host function, the kernel or the disk refuses, the plugin traps, or
// SIGKILL ends the process. Then DEL, GC, or another ADD: the node is as it was.

import { assertEquals } from "@std/assert";
import { labTest } from "../lab/isolation.ts";
import { FaultyProgram } from "./faulty_program.ts";
import { SCENARIOS } from "./scenarios.ts";
import { sweepPoints } from "./sweep.ts";

/** On v8 a sample: what differs between the engines is how a plugin ends, not what is taken back. */
const EVERY = { wasmtime: 1, v8: 4 };

for (const engine of ["wasmtime", "v8"] as const) {
  for (const scenario of SCENARIOS) {
    for (const shared of [true, false]) {
      const where = shared ? "beside another pod" : "on a node without pods";
      Deno.test({
        ...labTest(`${scenario.name} on ${engine}, ${where}: no fault leaves anything`),
        fn: async () => {
          await using program = await FaultyProgram.build();
          const { tried, problems } = await sweepPoints({ program, scenario, engine, shared }, EVERY[engine]);
          const line =
            `${scenario.name} on ${engine}, ${where}: faults at ${tried.ADD} points of ADD, ${tried.DEL} of ` +
            `DEL, ${tried.recovery} of recovery; ${problems.length} problems\n`;
          await Deno.stderr.write(new TextEncoder().encode(line));
          assertEquals(problems, []);
        },
      });
    }
  }
}
