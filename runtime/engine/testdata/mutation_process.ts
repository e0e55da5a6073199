// Runs components with changed bytes, one after the other, in a process of its own: what crashes here takes no test along.
//
//   mutation_process.ts JOB(JSON)
//
// Writes a line before each mutation, `<n> `, and how it ended after it. An end that no host could tell a person starts
// with `BAD`.

import { ComponentError, EngineError, type Imports, type LoadedComponent } from "../engine.ts";
import { openEngine } from "../open_engine.ts";
import { componentFile } from "./build.ts";

/** What one process does. */
export interface MutationJob {
  readonly engine: "wasmtime" | "v8";
  readonly libDir: string;
  /** For files; the process leaves them there. */
  readonly folder: string;
  /** Path of the component. */
  readonly wasmPath: string;
  readonly imports: Readonly<Record<string, readonly string[]>>;
  readonly call: readonly [interfaceName: string, functionName: string];
  readonly args: readonly unknown[];
  readonly seed: number;
  /** The first mutation and the one after the last: each depends on its number and the seed alone. */
  readonly from: number;
  readonly to: number;
  /** Milliseconds after which no more are begun. */
  readonly budgetMs: number;
}

const LIMITS = {
  memoryBytes: 16 * 1024 * 1024,
  timeMs: 5000,
  fuel: 10_000_000,
  hostCalls: 100,
  valueBytes: 1024 * 1024,
};

/** Numbers below 2^32, from a seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** Changes one to four bytes behind the head. */
function mutated(bytes: Uint8Array, next: () => number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  for (let left = 1 + next() % 4; left > 0; left--) copy[8 + next() % (copy.length - 8)] = next() % 256;
  return copy;
}

/** wasmtime gets a changed component; v8 what jco made of the component, with a change in a core module. */
async function subjects(job: MutationJob): Promise<(number: number) => Promise<LoadedComponent>> {
  const engine = await openEngine(job.engine, { libDir: job.libDir, cacheDir: `${job.folder}/cache` });
  const bytes = Deno.readFileSync(job.wasmPath);
  const name = "mutant";
  if (engine.name === "wasmtime") {
    return async (number) => {
      const wasmPath = `${job.folder}/${name}.wasm`;
      const mutant = mutated(bytes, numbers(job.seed + number));
      Deno.writeFileSync(wasmPath, mutant);
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", mutant)).toHex();
      return engine.load({ name, wasmPath, digest, v8Dir: "" });
    };
  }
  const file = await componentFile(name, bytes, job.folder);
  const files = [...Deno.readDirSync(file.v8Dir)].map((it) => [it.name, Deno.readFileSync(`${file.v8Dir}/${it.name}`)]);
  const modules = files.filter(([name]) => (name as string).endsWith(".wasm"));
  return (number) => {
    const next = numbers(job.seed + number);
    const [changed, original] = modules[next() % modules.length] as [string, Uint8Array];
    const v8Files = new Map(files as [string, Uint8Array<ArrayBuffer>][]).set(changed, mutated(original, next));
    return Promise.resolve(engine.load({ ...file, v8Files }));
  };
}

/** The end of one, in words; `BAD` and why where it is none that a host can tell. */
async function endOf(load: () => Promise<LoadedComponent>, job: MutationJob): Promise<string> {
  const imports: Imports = {};
  for (const [name, functions] of Object.entries(job.imports)) {
    imports[name] = Object.fromEntries(functions.map((it) => [it, () => {}]));
  }
  try {
    const component = await load();
    const instance = component.instantiate(imports, LIMITS);
    instance.call(...job.call, job.args);
    instance.close();
    component.close();
    return "returned";
  } catch (error) {
    if (error instanceof ComponentError) return "error";
    if (!(error instanceof EngineError)) return `BAD ${error instanceof Error ? error.stack : error}`;
    const readable = error.message.includes("mutant") && !/\n|\bat .*:\d+:\d+/.test(error.message);
    return readable ? error.kind : `BAD ${error.message}`;
  }
}

if (import.meta.main) {
  const job: MutationJob = JSON.parse(Deno.args[0]!);
  const load = await subjects(job);
  const write = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(text));
  const began = performance.now();
  for (let number = job.from; number < job.to && performance.now() - began < job.budgetMs; number++) {
    write(`${number} `);
    write(`${JSON.stringify(await endOf(() => load(number), job))}\n`);
  }
  Deno.exit(0);
}
