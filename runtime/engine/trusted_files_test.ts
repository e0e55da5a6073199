import { assertThrows } from "@std/assert";
import { EngineError } from "./engine.ts";
import { testEngines } from "./testdata/suite.ts";

testEngines("a component whose bytes are not of its digest is never compiled", async ({ engine, file, folder }) => {
  if (engine.name !== "wasmtime") return;
  const bytes = await Deno.readFile(file.wasmPath);
  bytes[bytes.length - 1]! ^= 1;
  const wasmPath = `${folder}/other.wasm`;
  await Deno.writeFile(wasmPath, bytes);
  // No code is kept for this digest, so that the bytes are looked at.
  const digest = "0".repeat(64);
  for (const path of [wasmPath, file.wasmPath]) {
    const load = () => engine.load({ ...file, wasmPath: path, digest });
    assertThrows(load, EngineError, `is another component than its plugin.json says: its SHA-256 is `);
  }
});

testEngines("v8 runs no file that others can write to, and none that is missing", async ({ engine, file, folder }) => {
  if (engine.name !== "v8") return;
  const v8Dir = `${folder}/open`;
  await Deno.mkdir(v8Dir);
  for (const { name } of Deno.readDirSync(file.v8Dir)) await Deno.copyFile(`${file.v8Dir}/${name}`, `${v8Dir}/${name}`);
  const load = () => engine.load({ ...file, v8Dir });
  load();
  for (const path of [v8Dir, `${v8Dir}/glue.js`, `${v8Dir}/component.json`]) {
    const { mode } = await Deno.stat(path);
    await Deno.chmod(path, 0o777);
    assertThrows(load, EngineError, "others can write to it");
    await Deno.chmod(path, mode!);
  }
  const v8Files = new Map([["component.json", await Deno.readFile(`${v8Dir}/component.json`)]]);
  assertThrows(() => engine.load({ ...file, v8Files }), EngineError, "glue.js is missing");
});
