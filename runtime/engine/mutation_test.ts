// Components with changed bytes: whatever they do, they return, or end with an error that names the plugin and has no
// stack trace. Native code that crashes would take the whole call along, so each is run in a process of its own.

import { assert, assertEquals } from "@std/assert";
import { ATTACK, attacker, type AttackName, HOST } from "./testdata/attacks.ts";
import type { MutationJob } from "./testdata/mutation_process.ts";
import { LIB_DIR, testEngines } from "./testdata/suite.ts";

const PROCESS = new URL("./testdata/mutation_process.ts", import.meta.url).pathname;
const MUTATIONS = 200;
const BUDGET_MS = 12_000;
/** CNIDARIA_TEST_SEED chooses others. */
const SEED = Number(Deno.env.get("CNIDARIA_TEST_SEED") ?? 20_251_125);

const SUBJECTS: readonly [AttackName, unknown[]][] = [
  ["recursion, and a call of the host at the end", [10]],
  ["one text, 16,384 times", []],
  ["whatever the host throws is caught, and the host called again", []],
];

for (const [name, args] of SUBJECTS) {
  testEngines(`${MUTATIONS} mutations of ${name} (seed ${SEED})`, async ({ engine, folder }) => {
    using it = await attacker(engine, folder, name);
    const job = {
      engine: engine.name,
      libDir: LIB_DIR,
      folder: await Deno.makeTempDir({ dir: folder }),
      wasmPath: it.file.wasmPath,
      imports: { [HOST]: ["tell"] },
      call: [ATTACK, "run"] as const,
      args,
      seed: SEED,
    };
    const ends = await runAll(job);
    const bad = ends.filter(({ end }) => end.startsWith("BAD") || end.startsWith("crash"));
    assertEquals(bad, []);
    assert(ends.length > 10, `only ${ends.length} in ${BUDGET_MS} ms`);
    // Both happen, or the mutations would show nothing.
    assert(ends.some(({ end }) => end === "bad-component"), JSON.stringify(ends));
    assert(ends.some(({ end }) => end !== "bad-component"), JSON.stringify(ends));
  });
}

/** Runs a job; after a crash it goes on behind the mutation that crashed. */
async function runAll(
  job: Omit<MutationJob, "from" | "to" | "budgetMs">,
): Promise<{ number: number; end: string }[]> {
  const ends: { number: number; end: string }[] = [];
  const began = performance.now();
  for (let from = 0; from < MUTATIONS;) {
    const budgetMs = BUDGET_MS - (performance.now() - began);
    if (budgetMs <= 0) break;
    const whole: MutationJob = { ...job, from, to: MUTATIONS, budgetMs };
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", PROCESS, JSON.stringify(whole)],
    }).output();
    const lines = new TextDecoder().decode(stdout).trim().split("\n").filter((line) => line !== "");
    for (const line of lines) {
      const [number = "", ...end] = line.split(" ");
      ends.push({ number: Number(number), end: end.length === 0 ? crash(code, stderr) : JSON.parse(end.join(" ")) });
    }
    if (code === 0) break;
    if (lines.length === 0) throw new Error(crash(code, stderr));
    from = ends.at(-1)!.number + 1;
  }
  return ends;
}

function crash(code: number, stderr: Uint8Array): string {
  return `crash with ${code}: ${new TextDecoder().decode(stderr).trim().slice(-500)}`;
}
