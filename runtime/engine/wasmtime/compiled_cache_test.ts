import { assertEquals } from "@std/assert";
import type { ComponentFile } from "../engine.ts";
import { CompiledCache } from "./compiled_cache.ts";
import { WasmtimeEngine } from "./engine.ts";
import type { DescribedComponent } from "./value_type.ts";
import { ENDS, importsWith, LIB_DIR, LIMITS, testEngines } from "../testdata/suite.ts";

const FILE: ComponentFile = { name: "p", wasmPath: "/p.wasm", digest: "ab12", v8Dir: "/v8" };
const TYPES: DescribedComponent = { imports: ["a:b/c"], functions: {} };

async function inFolder(fn: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "cnidaria-cache-" });
  try {
    await fn(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("CompiledCache makes a folder of mode 0700, files of mode 0600, and leaves no temporary file", async () => {
  await inFolder((folder) => {
    const cache = new CompiledCache(`${folder}/cache`, "50.0.1");
    assertEquals(cache.find(FILE), undefined);
    assertEquals(cache.store(FILE, Uint8Array.of(1, 2), TYPES), true);
    assertEquals(cache.find(FILE), { codePath: cache.pathOf(FILE), types: TYPES });
    assertEquals(Deno.statSync(`${folder}/cache`).mode! & 0o777, 0o700);
    assertEquals(Deno.statSync(cache.pathOf(FILE)).mode! & 0o777, 0o600);
    assertEquals([...Deno.readDirSync(`${folder}/cache`)].length, 2);
  });
});

Deno.test("CompiledCache removes files of other engine versions, and old temporary ones, when it stores", async () => {
  await inFolder((folder) => {
    new CompiledCache(folder, "49.0.0").store(FILE, Uint8Array.of(1), TYPES);
    Deno.chmodSync(folder, 0o700);
    for (const name of ["x.cwasm.1.new", "y.cwasm.2.new", "notes.txt"]) Deno.writeTextFileSync(`${folder}/${name}`, "");
    Deno.utimeSync(`${folder}/x.cwasm.1.new`, 0, 0);
    const cache = new CompiledCache(folder, "50.0.1");
    new CompiledCache(folder, "50.0.1", "copy").store({ ...FILE, digest: "cd34" }, Uint8Array.of(1), TYPES);
    cache.store(FILE, Uint8Array.of(1), TYPES);
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name.replace(/-.*\./, "-*.")).sort();
    assertEquals(names, ["ab12-*.cwasm", "ab12-*.json", "cd34-*.cwasm", "cd34-*.json", "notes.txt", "y.cwasm.2.new"]);
  });
});

Deno.test("CompiledCache keeps engine versions and components apart", () => {
  const paths = [
    new CompiledCache("/c", "50.0.1").pathOf(FILE),
    new CompiledCache("/c", "51.0.0").pathOf(FILE),
    new CompiledCache("/c", "50.0.1").pathOf({ ...FILE, digest: "cd34" }),
  ];
  assertEquals(new Set([...paths, new CompiledCache("/c", "50.0.1", "copy").pathOf(FILE)]).size, 4);
});

function pathIn(what: "file" | "types" | "folder", cache: CompiledCache, folder: string): string {
  if (what === "folder") return `${folder}/cache`;
  return what === "file" ? cache.pathOf(FILE) : cache.pathOf(FILE).replace("cwasm", "json");
}

Deno.test.each(
  [
    ["file", 0o620],
    ["file", 0o602],
    ["types", 0o620],
    ["folder", 0o720],
    ["folder", 0o702],
  ] as const,
)("CompiledCache does not load where others may write the %s (%o)", async (what, mode) => {
  await inFolder((folder) => {
    const cache = new CompiledCache(`${folder}/cache`, "50.0.1");
    cache.store(FILE, Uint8Array.of(1), TYPES);
    Deno.chmodSync(pathIn(what, cache, folder), mode);
    assertEquals(cache.find(FILE), undefined);
  });
});

Deno.test({
  name: "CompiledCache does not load or store where the file or folder belongs to another user (needs root)",
  ignore: Deno.uid() !== 0,
  fn: () =>
    inFolder((folder) => {
      const cache = new CompiledCache(`${folder}/cache`, "50.0.1");
      cache.store(FILE, Uint8Array.of(1), TYPES);
      Deno.chownSync(cache.pathOf(FILE), 65534, 65534);
      assertEquals(cache.find(FILE), undefined);
      assertEquals(cache.store(FILE, Uint8Array.of(2), TYPES), true);
      assertEquals(cache.find(FILE), { codePath: cache.pathOf(FILE), types: TYPES });
      Deno.chownSync(`${folder}/cache`, 65534, 65534);
      assertEquals(cache.find(FILE), undefined);
      assertEquals(cache.store(FILE, Uint8Array.of(3), TYPES), false);
    }),
});

testEngines("a compiled file that is damaged or writable by others is compiled anew and replaced", async (subject) => {
  if (subject.engine.name !== "wasmtime") return;
  await inFolder((folder) => {
    const cacheDir = `${folder}/cache`;
    const path = new CompiledCache(cacheDir, subject.engine.version).pathOf(subject.file);
    const run = () => {
      const engine = new WasmtimeEngine(`${LIB_DIR}/lib/libwasmtime.so`, cacheDir);
      const component = engine.load(subject.file);
      const instance = component.instantiate(importsWith({}), LIMITS);
      assertEquals(instance.call(ENDS, "count", []), 1);
      instance.close();
      component.close();
      engine.close();
    };
    run();
    const made = Deno.statSync(path);
    run();
    assertEquals(Deno.statSync(path).ino, made.ino);
    const damages = [
      () => Deno.writeTextFileSync(path, "junk"),
      () => Deno.chmodSync(path, 0o666),
      () => Deno.writeTextFileSync(path.replace("cwasm", "json"), "{"),
    ];
    for (const damage of damages) {
      damage();
      const before = Deno.statSync(path).ino;
      run();
      const after = Deno.statSync(path);
      assertEquals(after.ino === before, false);
      assertEquals([after.size, after.mode! & 0o777], [made.size, 0o600]);
    }
  });
});

testEngines(
  "an engine that prepares instances and one that does not leave each other's code alone",
  async (subject) => {
    if (subject.engine.name !== "wasmtime") return;
    await inFolder((folder) => {
      const load = (prepares: boolean) => {
        const engine = new WasmtimeEngine(`${LIB_DIR}/lib/libwasmtime.so`, folder, prepares);
        engine.load(subject.file).close();
        engine.close();
      };
      const made = () =>
        [...Deno.readDirSync(folder)].map(({ name }) => [name, Deno.statSync(`${folder}/${name}`).ino]);
      for (const prepares of [false, true]) load(prepares);
      const before = made().sort();
      assertEquals(before.length, 4);
      for (const prepares of [true, false, true]) load(prepares);
      assertEquals(made().sort(), before);
    });
  },
);
