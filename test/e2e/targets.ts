// The plugins under test: Debian's, and ours on each engine. One test body runs against all.

import type { Target } from "../lab/cni_call.ts";
import { must } from "../lab/command.ts";

/** Where Debian's containernetworking-plugins installs. */
export const GO_DIRECTORY = "/usr/lib/cni";

/** A target that may have to be installed first. */
export interface Candidate {
  readonly name: string;
  readonly ours: boolean;
  /** Why it cannot be had here; undefined where it can. */
  readonly missing: string | undefined;
  ready(): Promise<Target>;
}

/** Why Debian's Go plugins cannot be had here; undefined where they are installed. */
export function goMissing(): string | undefined {
  try {
    Deno.statSync(`${GO_DIRECTORY}/bridge`);
    return undefined;
  } catch {
    return "needs Debian's containernetworking-plugins";
  }
}

const go: Target = { name: "go", ours: false, directory: GO_DIRECTORY, environment: () => ({}) };

/** Ours on one engine. */
export function ours(engine: "wasmtime" | "v8"): Candidate {
  const name = `cnidaria/${engine}`;
  return {
    name,
    ours: true,
    missing: undefined,
    ready: async () => ({
      name,
      ours: true,
      directory: await installOnce(),
      environment: (node) => ({ CNIDARIA_STATE: node.stateDirectory, CNIDARIA_ENGINE: engine }),
    }),
  };
}

/** All targets. CNIDARIA_TEST_TARGET chooses those whose name starts with it. */
export function candidates(): Candidate[] {
  const all = [
    { name: "go", ours: false, missing: goMissing(), ready: () => Promise.resolve(go) },
    ours("wasmtime"),
    ours("v8"),
  ];
  return all.filter(({ name }) => name.startsWith(Deno.env.get("CNIDARIA_TEST_TARGET") ?? ""));
}

let installed: Promise<string> | undefined;

/**
 * Installs ours into a temporary directory by the project's own task, once for each test file.
 * @returns the CNI bin directory
 */
export function installOnce(): Promise<string> {
  installed ??= install();
  return installed;
}

async function install(): Promise<string> {
  const directory = await Deno.makeTempDir({ prefix: "cnidaria-install-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));
  await must([Deno.execPath(), "task", "--quiet", "install-cni", directory], {
    cwd: new URL("../..", import.meta.url).pathname,
    limit: 300_000,
  });
  return directory;
}
