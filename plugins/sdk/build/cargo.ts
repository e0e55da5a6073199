// A plugin in Rust: cargo makes a core module for a target without an operating system, and that becomes a component.

import { type Exported, worldFiles } from "./world.ts";

/** Nothing of WASI is in it: what a component of this target imports, its own code has named. */
export const RUST_TARGET = "wasm32-unknown-unknown";

/** What a manifest says that this needs. */
interface RustPlugin {
  readonly name: string;
  readonly imports: readonly string[];
  readonly exports?: Exported;
}

/** Whether the folder is a plugin in Rust. */
export async function isRustPlugin(source: string): Promise<boolean> {
  return await Deno.stat(`${source}/Cargo.toml`).then((it) => it.isFile, () => false);
}

/** The files of `wit/` that are not as the plugin's manifest and the contract have them; `wit/` is in no path. */
export async function staleWit(source: string, plugin: RustPlugin): Promise<string[]> {
  const stale: string[] = [];
  for (const [name, text] of Object.entries(worldFiles(plugin.imports, plugin.exports))) {
    if (await Deno.readTextFile(`${source}/wit/${name}`).catch(() => undefined) !== text) stale.push(name);
  }
  return stale;
}

/**
 * Writes what has changed of the plugin's `wit/`: the contract, and the plugin's own world. It is part of the plugin's
 * sources, so that cargo and editors need nothing of cnidaria.
 */
export async function writeWit(source: string, plugin: RustPlugin): Promise<void> {
  const files = worldFiles(plugin.imports, plugin.exports);
  await Deno.mkdir(`${source}/wit`, { recursive: true });
  for (const name of await staleWit(source, plugin)) await Deno.writeTextFile(`${source}/wit/${name}`, files[name]!);
}

/**
 * The component of a plugin in Rust.
 *
 * @param source absolute folder with Cargo.toml
 * @throws {Error} with cargo's own words, or with what to install
 */
export async function cargoComponent(source: string, plugin: RustPlugin): Promise<Uint8Array<ArrayBuffer>> {
  const module = await Deno.readFile(await compile(source, plugin.name));
  const { componentNew } = await import("@bytecodealliance/jco");
  try {
    return new Uint8Array(await componentNew(module));
  } catch (error) {
    throw new Error(
      `Cannot build ${plugin.name} as its module makes no component: ${
        messageOf(error)
      }. src/lib.rs needs wit_bindgen::generate! for world "plugin", and export! for its implementation`,
    );
  }
}

/** @returns path of the core module */
async function compile(source: string, name: string): Promise<string> {
  const { code, stdout, stderr } = await cargo(source, name);
  if (code === 0) return moduleIn(stdout, source, name);
  if (stderr.includes("target may not be installed")) {
    throw new Error(`Cannot build ${name} as cargo has no target ${RUST_TARGET}: rustup target add ${RUST_TARGET}`);
  }
  const from = stderr.search(/^error/m);
  throw new Error(`Cannot build ${name} as cargo failed:\n${stderr.slice(Math.max(0, from)).trim()}`);
}

async function cargo(source: string, name: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const args = ["build", "--release", "--target", RUST_TARGET, "--message-format=json-render-diagnostics"];
  // Panics carry the paths of sources: the builder's own are nobody's business, and would change the digest.
  const home = Deno.env.get("CARGO_HOME") ?? `${Deno.env.get("HOME") ?? ""}/.cargo`;
  const flags = [`--remap-path-prefix=${source}=.`, `--remap-path-prefix=${home}=cargo`];
  args.push("--config", `target.${RUST_TARGET}.rustflags=${JSON.stringify(flags)}`);
  try {
    const { code, stdout, stderr } = await new Deno.Command("cargo", { args, cwd: source, stdin: "null" }).output();
    return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(
      `Cannot build ${name} as it is a plugin in Rust and there is no cargo: install Rust (https://rustup.rs), then ` +
        `rustup target add ${RUST_TARGET}`,
    );
  }
}

/** Of cargo's messages, one JSON value a line, the one on the plugin's own library. */
function moduleIn(messages: string, source: string, name: string): string {
  for (const line of messages.split("\n").filter((it) => it.startsWith("{"))) {
    const { reason, manifest_path: manifest, filenames } = JSON.parse(line);
    if (reason !== "compiler-artifact" || manifest !== `${source}/Cargo.toml`) continue;
    const module = (filenames as string[]).find((path) => path.endsWith(".wasm"));
    if (module !== undefined) return module;
  }
  throw new Error(`Cannot build ${name} as cargo made no module: its Cargo.toml needs [lib] crate-type = ["cdylib"]`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : JSON.stringify(error);
}
