// What tests of plugins in Rust need. Their crates come over the network, which tests do not have: the runner gets and
// builds them before it isolates the tests.

import { RUST_TARGET } from "../../plugins/sdk/build/cargo.ts";
import { run } from "./command.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const EXAMPLE = "examples/pod-routes";
/** Where cargo builds, for all of them: so that what they share is compiled once. */
const TARGET_DIR = `${ROOT}.cache/cargo`;

/**
 * Builds the example, with all crates that the tests use.
 * @returns why it could not be built; undefined where it is built
 */
export async function buildRustExample(): Promise<string | undefined> {
  const steps = [
    ["rustup", "target", "add", RUST_TARGET],
    ["cargo", "fetch", "--locked", "--manifest-path", `${EXAMPLE}/Cargo.toml`],
    [Deno.execPath(), "run", "-A", "plugins/sdk/build.ts", EXAMPLE, "--out", "dist/examples"],
    ["cargo", "test", "--no-run", "--release", "--locked", "--manifest-path", `${EXAMPLE}/Cargo.toml`],
  ];
  for (const argv of steps) {
    const why = await failureOf(argv);
    // Without rustup the toolchain of a distribution may have the target all the same.
    if (why !== undefined && argv[0] !== "rustup") return why;
  }
  return undefined;
}

async function failureOf(argv: readonly string[]): Promise<string | undefined> {
  try {
    const { code, stderr } = await run(argv, { cwd: ROOT, env: { CARGO_TARGET_DIR: TARGET_DIR }, limit: 300_000 });
    return code === 0 ? undefined : stderr.trim().split("\n").at(-1);
  } catch (error) {
    return (error as Error).message;
  }
}

/** Why plugins in Rust cannot be built here; undefined where they can. */
export function rustMissing(): string | undefined {
  try {
    new Deno.Command("cargo", { args: ["--version"], stdout: "null", stderr: "null" }).outputSync();
    Deno.statSync(`${ROOT}dist/${EXAMPLE}/plugin.wasm`);
    return undefined;
  } catch {
    return `needs ${EXAMPLE}, which the runner builds where Rust is installed`;
  }
}

/** Has cargo build in the shared folder, and without a network, for as long as this process lives. */
export function prepareCargo(): void {
  Deno.env.set("CARGO_TARGET_DIR", TARGET_DIR);
  Deno.env.set("CARGO_NET_OFFLINE", "true");
}

/** Name and `ignore` of a test that builds a plugin in Rust; the name carries the reason for which it is skipped. */
export function rustTest(name: string): { name: string; ignore: boolean } {
  const why = rustMissing();
  return why === undefined ? { name, ignore: false } : { name: `${name} (skipped: ${why})`, ignore: true };
}
