// What the suite's files share: both engines, one component, and imports that echo.

import { buildProbe } from "./build.ts";
import type { ComponentFile, Engine, HostFunction, Imports, Instance, Limits } from "../engine.ts";
import { openEngine } from "../open_engine.ts";

export const ECHO = "test:engine/echo@1.0.0";
export const HOST = "test:engine/host@1.0.0";
export const ENDS = "test:engine/ends@1.0.0";
export const LIMITS: Limits = {
  memoryBytes: 64 * 1024 * 1024,
  timeMs: 20_000,
  fuel: 2_000_000_000,
  hostCalls: 1_000_000,
  valueBytes: 8 * 1024 * 1024,
};
export const LIB_DIR = new URL("../../../dist", import.meta.url).pathname;

const NAMES = (
  "bools bytes shorts words longs floats chars strings blobs lists numberLists tuples records variants enums options " +
  "flagSets nestedResults results emptyResults"
).split(" ");

/** One engine under test, and a component that it has loaded. */
export interface Subject {
  readonly engine: Engine;
  readonly file: ComponentFile;
  readonly folder: string;
  /** An instance of the probe whose echo functions answer their argument, or the tuple of their arguments. */
  start(host?: Record<string, HostFunction>, limits?: Partial<Limits>): Instance;
}

/** A limit that is long enough for a worker to start on a busy machine, when one has been started before. */
export const SHORT_MS = 1500;

/** Built before the first test: what the builders leave running is not that test's. */
const probe = await makeProbe();

/** Registers a test for each engine. wasmtime is ignored where its library is not installed. */
export function testEngines(name: string, fn: (subject: Subject) => void | Promise<void>): void {
  for (const choice of ["wasmtime", "v8"] as const) {
    const ignore = choice === "wasmtime" && !isFile(`${LIB_DIR}/lib/libwasmtime.so`);
    const reason = ignore ? " (no dist/lib/libwasmtime.so: run `deno task setup`)" : "";
    Deno.test({
      name: `${choice}: ${name}${reason}`,
      ignore,
      fn: async () => {
        const { file, folder } = probe;
        const engine = await openEngine(choice, { libDir: LIB_DIR, cacheDir: `${folder}/cache` });
        const component = await engine.load(file);
        const instances: Instance[] = [];
        const start: Subject["start"] = (host = {}, limits = {}) => {
          const instance = component.instantiate(importsWith(host), { ...LIMITS, ...limits });
          instances.push(instance);
          return instance;
        };
        try {
          await fn({ engine, file, folder, start });
        } finally {
          for (const instance of instances) instance.close();
          component.close();
          engine.close();
        }
      },
    });
  }
}

/** The imports of the probe. `host` replaces functions of both interfaces. */
export function importsWith(host: Record<string, HostFunction>): Imports {
  const echo: Record<string, HostFunction> = {};
  for (const name of NAMES) echo[name] = (...args) => args.length === 1 ? args[0] : args;
  echo["results"] = ({ tag, val }) => {
    if (tag === "ok") return val;
    throw Object.assign(new Error("the host says no"), { payload: val });
  };
  echo["emptyResults"] = (ok: boolean) => {
    if (!ok) throw Object.assign(new Error("the host says no"), { payload: undefined });
  };
  const given = Object.entries(host);
  return {
    [ECHO]: { ...echo, ...Object.fromEntries(given.filter(([name]) => NAMES.includes(name))) },
    [HOST]: { ask: (question: string) => question, tell: () => {}, ...host },
  };
}

async function makeProbe() {
  const folder = await Deno.makeTempDir({ prefix: "cnidaria-engine-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  return { file: await buildProbe(folder), folder };
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
