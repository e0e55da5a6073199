// Builds plugins into components.
//
//   deno run -A plugins/sdk/build.ts DIR... [--out dist/plugins]
//   deno run -A plugins/sdk/build.ts DIR --into FOLDER
//
// For each DIR with plugin.json and plugin.ts (or Cargo.toml, for one in Rust) it writes <out>/<name>/plugin.wasm,
// plugin.json (the manifest with the component's digest and size) and v8/. A plugin whose inputs are as at its last build is left alone.

import { componentize } from "componentize-qjs";
import * as esbuild from "esbuild";
import { bundle } from "./build/bundle.ts";
import { cargoComponent, isRustPlugin, writeWit } from "./build/cargo.ts";
import { checkImports } from "./build/imports.ts";
import { inputsDigest, sha256 } from "./build/stamp.ts";
import { type Exported, writeWorld } from "./build/world.ts";

export interface Built {
  readonly name: string;
  /** False where everything was current. */
  readonly made: boolean;
  /** SHA-256 of plugin.wasm, hexadecimal. */
  readonly digest: string;
  /** Bytes of plugin.wasm. */
  readonly size: number;
}

type Manifest = {
  name: string;
  exports?: Exported;
  imports: string[];
  build?: { digest: string; size: number; inputs: string };
};

/**
 * Builds one plugin.
 *
 * @param sourceDir folder with plugin.json, and plugin.ts or Cargo.toml; one in Rust gets its `wit/` written
 * @param outDir folder of this plugin's build
 * @throws {Error} with a sentence that says what is wrong with the plugin
 */
export async function buildPlugin(sourceDir: string, outDir: string): Promise<Built> {
  const source = await Deno.realPath(sourceDir);
  const manifest = await readManifest(`${source}/plugin.json`);
  const isRust = await isRustPlugin(source);
  if (isRust) await writeWit(source, manifest);
  const inputs = await inputsDigest(source);
  const present = await presentBuild(outDir, inputs);
  if (present !== undefined) return present;
  const component =
    await (isRust ? cargoComponent(source, manifest) : quickJsComponent(`${source}/plugin.ts`, manifest));
  checkImports(component, manifest.name, manifest.imports, manifest.exports ?? "cni");
  const digest = await sha256(component);
  await Deno.mkdir(outDir, { recursive: true });
  await Deno.writeFile(`${outDir}/plugin.wasm`, component);
  const { transpileForV8 } = await import("../../runtime/engine/v8/transpile.ts");
  await transpileForV8(component, `${outDir}/v8`, manifest.name);
  await esbuild.stop();
  // The first build of a crate has made its Cargo.lock.
  const build = { digest, size: component.length, inputs: isRust ? await inputsDigest(source) : inputs };
  await Deno.writeTextFile(`${outDir}/plugin.json`, JSON.stringify({ ...manifest, build }, null, 2) + "\n");
  return { name: manifest.name, made: true, digest, size: component.length };
}

/** The build that is there already, if it is of these inputs. */
async function presentBuild(outDir: string, inputs: string): Promise<Built | undefined> {
  const earlier = await readManifest(`${outDir}/plugin.json`).catch(() => undefined);
  if (earlier?.build?.inputs !== inputs || !await isCurrent(outDir, earlier.build.digest)) return undefined;
  return { name: earlier.name, made: false, digest: earlier.build.digest, size: earlier.build.size };
}

/**
 * As `buildPlugin`, in a process of its own where something has to be built: what builds (jco, esbuild) starts processes and
 * threads that end when they like, and a test would be told of them.
 */
export async function buildApart(sourceDir: string, outDir: string): Promise<Built> {
  const source = await Deno.realPath(sourceDir);
  const present = await presentBuild(outDir, await inputsDigest(source));
  if (present !== undefined) return present;
  const root = new URL("../../", import.meta.url).pathname;
  const args = ["run", "-A", "--no-check", "--config", `${root}deno.json`, `${root}plugins/sdk/build.ts`, source];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args, "--into", outDir],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
  }).output();
  const made = success ? await presentBuild(outDir, await inputsDigest(source)) : undefined;
  if (made !== undefined) return made;
  throw new Error(`Cannot build ${source} into ${outDir}: ${new TextDecoder().decode(stderr).trim()}`);
}

/** The component's bytes: QuickJS with the bundled plugin in it, which imports only the interfaces named. */
async function quickJsComponent(
  entry: string,
  { imports, exports: exported = "cni" }: Manifest,
): Promise<Uint8Array<ArrayBuffer>> {
  const jsSource = await bundle(entry, exported);
  const witPath = await Deno.makeTempDir({ prefix: "cnidaria-wit-" });
  try {
    await writeWorld(witPath, imports, exported);
    const made = await componentize({ witPath, jsSource, world: "plugin", stubWasi: true, sync: true });
    return new Uint8Array(made.component);
  } catch (error) {
    throw new Error(`Cannot build ${entry}: ${(error as Error).message}`, { cause: error });
  } finally {
    await Deno.remove(witPath, { recursive: true });
  }
}

async function readManifest(path: string): Promise<Manifest> {
  const manifest = JSON.parse(await Deno.readTextFile(path));
  if (typeof manifest.name !== "string" || !Array.isArray(manifest.imports)) {
    throw new Error(`Cannot build with ${path} as it needs "name" and "imports"`);
  }
  if (!["cni", "controller", "policy", undefined].includes(manifest.exports)) {
    throw new Error(
      `Cannot build with ${path} as its "exports" must be "cni", "controller" or "policy": ${
        JSON.stringify(manifest.exports)
      }`,
    );
  }
  return manifest;
}

async function isCurrent(outDir: string, digest: string): Promise<boolean> {
  const component = await Deno.readFile(`${outDir}/plugin.wasm`).catch(() => undefined);
  return component !== undefined && await sha256(component) === digest;
}

/** Takes an option and its value out of the arguments. */
function takeOption(args: string[], name: string): string | undefined {
  const at = args.indexOf(name);
  return at === -1 ? undefined : args.splice(at, 2)[1];
}

async function main(args: string[]): Promise<void> {
  const into = takeOption(args, "--into");
  const out = takeOption(args, "--out") ?? "dist/plugins";
  for (const dir of args) {
    const started = performance.now();
    const name = (await readManifest(`${dir}/plugin.json`)).name;
    const built = await buildPlugin(dir, into ?? `${out}/${name}`);
    const took = built.made ? `built in ${Math.round(performance.now() - started)} ms` : "current";
    const line = `${name}: ${took}, ${built.size} bytes, sha256 ${built.digest}\n`;
    Deno.stdout.writeSync(new TextEncoder().encode(line));
  }
}

if (import.meta.main) await main([...Deno.args]);
