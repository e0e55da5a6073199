// What the loader hands to an engine, and what never comes that far.

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { CONTRACT_VERSION, qualifiedName } from "../../host-funcs/wit/contract.ts";
import { CniFailure } from "../cni/failure.ts";
import type { ComponentFile, Engine } from "../engine/engine.ts";
import { permissionDir } from "./registry.ts";
import { Installation, sha256 } from "./admission/testing/installation.ts";
import { PluginLoader } from "./component.ts";
import { Trace } from "./trace.ts";

/** A loader whose engine notes what it is to load. */
function loaderFor(it: Installation, name: Engine["name"] = "wasmtime", imports: string[] = []) {
  const files: ComponentFile[] = [];
  const load: Engine["load"] = (file) => {
    files.push(file);
    return { imports, instantiate: () => Promise.reject() as never, close: () => {} };
  };
  const engine: Engine = { name, version: "0", load, close: () => {} };
  return { files, loader: new PluginLoader(it.libDir, it.stateDir, () => Promise.resolve(engine), new Trace()) };
}

Deno.test("PluginLoader hands no engine a plugin that is not allowed", async () => {
  await using it = await Installation.create();
  const { files, loader } = loaderFor(it);
  const failure = await assertRejects(() => loader.load("cnidaria-guest"), CniFailure) as CniFailure;
  assertEquals([failure.code, files.length, loader.get("guest")], [219, 0, undefined]);
  assertEquals(await loader.load("absent"), undefined);
});

Deno.test("PluginLoader refuses a component of a later contract, and says what to do", async () => {
  await using it = await Installation.create({ imports: ["links"] });
  await it.allow({ imports: ["links"] });
  const { loader } = loaderFor(it, "wasmtime", [qualifiedName("links", "0.99.0")]);
  const failure = await assertRejects(() => loader.load("guest"), CniFailure) as CniFailure;
  const why = `Cannot run plugin guest as it was built for cnidaria:cni 0.99.0, and this host has ${CONTRACT_VERSION}`;
  assertEquals([failure.code, failure.message], [204, why]);
  assertMatch(failure.details, /^upgrade cnidaria on this node .* or build the plugin with the release/);
});

for (
  const [exports, wanted, message] of [
    ["controller", "cni", "Cannot run guest as a CNI plugin as it is a controller, which the agent runs"],
    ["cni", "controller", "Cannot run guest as a controller as it is a CNI plugin"],
  ] as const
) {
  Deno.test(`PluginLoader loads no ${exports} where a ${wanted} is wanted, neither at first nor again`, async () => {
    await using it = await Installation.create({ exports });
    await it.allow();
    const { files, loader } = loaderFor(it);
    for (const loaded of [0, 1]) {
      const failure = await assertRejects(() => loader.load("guest", wanted), CniFailure, message) as CniFailure;
      assertEquals([failure.code, files.length], [7, loaded]);
      await loader.load("guest", exports);
    }
  });
}

Deno.test("PluginLoader runs an allowed plugin with the limits that were allowed", async () => {
  await using it = await Installation.create();
  const limits = { memoryBytes: 1, timeMs: 2, fuel: 3, hostCalls: 4, valueBytes: 5 };
  await it.allow({ limits });
  const { files, loader } = loaderFor(it);
  assertEquals((await loader.load("guest"))?.manifest.limits, limits);
  assertEquals(files.map((file) => file.v8Files), [undefined]);
});

/** A permission with one file for v8. */
async function allowForV8(it: Installation): Promise<string> {
  const folder = `${permissionDir(it.stateDir)}/guest.1.v8`;
  await Deno.mkdir(folder, { mode: 0o700 });
  await Deno.writeTextFile(`${folder}/glue.js`, "1");
  const digest = await sha256(new TextEncoder().encode("1"));
  await it.allow({ v8: { folder: "guest.1.v8", files: { "glue.js": digest } } });
  return folder;
}

Deno.test("PluginLoader hands v8 what was made when the plugin was allowed, and not what came with it", async () => {
  await using it = await Installation.create();
  await allowForV8(it);
  await Deno.mkdir(`${it.folder}/v8`);
  await Deno.writeTextFile(`${it.folder}/v8/glue.js`, "evil");
  const { files, loader } = loaderFor(it, "v8");
  await loader.load("guest");
  assertEquals([...files[0]!.v8Files!.entries()], [["glue.js", new TextEncoder().encode("1")]]);
});

for (
  const [what, spoil, why] of [
    ["changed", (path: string) => Deno.writeTextFileSync(path, "2"), "its SHA-256 is"],
    ["that others can write", (path: string) => Deno.chmodSync(path, 0o666), "others can write to it"],
    ["that is gone", (path: string) => Deno.removeSync(path), "No such file"],
  ] as const
) {
  Deno.test(`PluginLoader hands v8 no file ${what}`, async () => {
    await using it = await Installation.create();
    spoil(`${await allowForV8(it)}/glue.js`);
    const { files, loader } = loaderFor(it, "v8");
    const failure = await assertRejects(() => loader.load("guest"), CniFailure, why) as CniFailure;
    assertEquals([failure.code, files.length], [219, 0]);
  });
}

Deno.test("PluginLoader says so where a plugin was allowed for wasmtime only", async () => {
  await using it = await Installation.create();
  await it.allow();
  const { loader } = loaderFor(it, "v8");
  const failure = await assertRejects(() => loader.load("guest"), CniFailure, "for wasmtime only") as CniFailure;
  assertEquals(failure.code, 219);
});

Deno.test("PluginLoader refuses a plugin whose folder others can write to", async () => {
  await using it = await Installation.create();
  await it.allow();
  await Deno.chmod(it.folder, 0o777);
  const { loader } = loaderFor(it);
  const failure = await assertRejects(() => loader.load("guest"), CniFailure, "others can write to it") as CniFailure;
  assertEquals(failure.code, 202);
});
