// Files that are no component: each engine says so, and names the plugin and the file or folder.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { type ComponentFile, EngineError } from "./engine.ts";
import { type Subject, testEngines } from "./testdata/suite.ts";

async function refuses({ engine }: Subject, file: ComponentFile): Promise<EngineError> {
  try {
    await engine.load(file);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    assertEquals([error.kind, error.plugin], ["bad-component", "bad"]);
    assertStringIncludes(error.message, "Cannot load plugin bad as ");
    return error;
  }
  throw new Error("it was loaded");
}

/** A file beside the probe, with another content; v8 finds a folder without a component in it. */
async function fileWith(subject: Subject, bytes: Uint8Array): Promise<ComponentFile> {
  const folder = await Deno.makeTempDir({ dir: subject.folder });
  await Deno.writeFile(`${folder}/bad.wasm`, bytes);
  return { name: "bad", wasmPath: `${folder}/bad.wasm`, digest: folder.replaceAll(/\W/g, ""), v8Dir: `${folder}/v8` };
}

testEngines("random bytes are refused", async (subject) => {
  await refuses(subject, await fileWith(subject, crypto.getRandomValues(new Uint8Array(4096))));
});

testEngines("a core module is refused", async (subject) => {
  await refuses(subject, await fileWith(subject, Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)));
});

testEngines("a component that is cut short is refused", async (subject) => {
  const whole = await Deno.readFile(subject.file.wasmPath);
  for (const length of [0, 7, 8 + 5, whole.length >> 1, whole.length - 1]) {
    await refuses(subject, await fileWith(subject, whole.subarray(0, length)));
  }
});

testEngines("a file that does not exist is refused", async (subject) => {
  const file = await fileWith(subject, new Uint8Array());
  await Deno.remove(file.wasmPath);
  await refuses(subject, file);
});

testEngines("what was made of another component is not run by v8", async (subject) => {
  if (subject.engine.name !== "v8") return;
  const error = await refuses(subject, { ...subject.file, name: "bad", digest: "0".repeat(64) });
  assertStringIncludes(error.message, "build it anew");
});

testEngines("a missing or damaged core module is refused by v8", async (subject) => {
  if (subject.engine.name !== "v8") return;
  const v8Dir = await Deno.makeTempDir({ dir: subject.folder });
  for await (const { name } of Deno.readDir(subject.file.v8Dir)) {
    await Deno.copyFile(`${subject.file.v8Dir}/${name}`, `${v8Dir}/${name}`);
  }
  await Deno.remove(`${v8Dir}/probe.core.wasm`);
  const error = await refuses(subject, { ...subject.file, name: "bad", v8Dir });
  assertStringIncludes(error.message, "probe.core.wasm");
});
