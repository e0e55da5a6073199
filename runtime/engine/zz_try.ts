import { buildProbe } from "./testdata/build.ts";
import { openEngine } from "./open_engine.ts";
const dir = "/tmp/engine/probe";
Deno.mkdirSync(dir, { recursive: true });
let file: any;
try {
  file = JSON.parse(Deno.readTextFileSync(dir + "/file.json"));
} catch {
  file = await buildProbe(dir);
  Deno.writeTextFileSync(dir + "/file.json", JSON.stringify(file));
}
const names = [
  "bools",
  "bytes",
  "shorts",
  "words",
  "longs",
  "floats",
  "chars",
  "strings",
  "blobs",
  "lists",
  "tuples",
  "records",
  "variants",
  "enums",
  "options",
  "flagSets",
  "nestedResults",
  "results",
  "emptyResults",
];
for (const which of ["wasmtime", "v8"] as const) {
  const t0 = performance.now();
  const e = await openEngine(which, { libDir: "/work/main/dist", cacheDir: "/tmp/engine/cache" });
  const c = e.load(file);
  console.log(which, c.imports, performance.now() - t0);
  const imports: any = {
    "test:engine/echo@1.0.0": Object.fromEntries(names.map((n) => [n, (...a: any[]) => a.length === 1 ? a[0] : a])),
    "test:engine/host@1.0.0": { ask: (q: string) => "re " + q, tell() {} },
  };
  const E = "test:engine/echo@1.0.0", X = "test:engine/ends@1.0.0";
  const run = (f: string, a: unknown[], i = X) => {
    const t = performance.now();
    const inst = c.instantiate(imports, { memoryBytes: 64 << 20, timeMs: 2000, fuel: 1e10 });
    const t1 = performance.now();
    try {
      console.log(f, inst.call(i, f, a));
    } catch (e) {
      console.log(f, String((e as any).kind), String(e).slice(0, 1500), (e as any).payload);
    }
    console.log("  ", (t1 - t).toFixed(1), (performance.now() - t1).toFixed(1), inst.fuelUsed());
    inst.close();
  };
  run("count", []);
  run("count", []);
  run("strings", ["hé"], E);
  run("longs", [-5n, 7n], E);
  run("records", [{ linkName: "a", addresses: [], mtu: 3 }], E);
  run("blobs", [new Uint8Array([1, 2])], E);
  run("nestedResults", [[{ tag: "ok", val: "x" }, { tag: "err", val: 3 }]], E);
  run("flagSets", [{ up: true, lowerUp: false, noArp: true }], E);
  run("variants", [[{ tag: "none" }, { tag: "named", val: "n" }]], E);
  run("spin", []);
  run("recurse", []);
  run("allocate", [1000]);
  run("allocate", [100 << 20]);
  run("hoard", []);
  run("crash", []);
  c.close();
  e.close();
}
