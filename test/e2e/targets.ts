// The plugins under test: Debian's, and ours on each engine. One test body runs against all.

import type { Target } from "../lab/cni_call.ts";
import { Agent } from "../lab/agent.ts";
import { must } from "../lab/command.ts";
import type { Node } from "../lab/node.ts";

/** Where Debian's containernetworking-plugins installs. */
export const GO_DIRECTORY = "/usr/lib/cni";

/** A target that may have to be installed first. */
export interface Candidate {
  readonly name: string;
  readonly ours: boolean;
  /** Whether calls go through an agent. */
  readonly agent?: boolean;
  /** Why it cannot be had here; undefined where it can. */
  readonly missing: string | undefined;
  ready(): Promise<Target>;
  /** What has to run on a node beside. */
  start?(target: Target, node: Node): Promise<AsyncDisposable>;
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
  const ready = () => oursWith(name, () => ({ CNIDARIA_ENGINE: engine, CNIDARIA_AGENT: "off" }));
  return { name, ours: true, missing: undefined, ready };
}

/** Ours through an agent, by the native entry. */
export function throughAgent(): Candidate {
  const name = "cnidaria/agent";
  const environment = (node: Node) => ({
    CNIDARIA_ENGINE: "wasmtime",
    CNIDARIA_SOCKET: `${node.directory}/agent.sock`,
  });
  return {
    name,
    ours: true,
    agent: true,
    missing: entryMissing(),
    ready: () => oursWith(name, environment),
    // What a test takes away is to stay away until it is asked for.
    start: (target, node) => Agent.start(target, node, ["--repair-interval", "0"]),
  };
}

async function oursWith(name: string, environment: (node: Node) => Record<string, string>): Promise<Target> {
  return {
    name,
    ours: true,
    directory: await installOnce(),
    environment: (node) => ({ CNIDARIA_STATE: node.stateDirectory, ...environment(node) }),
  };
}

/** Why there is no native entry; undefined where it was compiled. */
export function entryMissing(): string | undefined {
  const path = new URL("../../dist/bin/entry", import.meta.url).pathname;
  try {
    Deno.statSync(path);
    return undefined;
  } catch {
    return "needs the native entry, for which the set-up found no C compiler";
  }
}

/** All targets. CNIDARIA_TEST_TARGET chooses those whose name starts with it. */
export function candidates(): Candidate[] {
  const all = [
    { name: "go", ours: false, missing: goMissing(), ready: () => Promise.resolve(go) },
    ours("wasmtime"),
    ours("v8"),
    throughAgent(),
  ];
  return all.filter(({ name }) => name.startsWith(Deno.env.get("CNIDARIA_TEST_TARGET") ?? ""));
}

let installed: Promise<string> | undefined;

/**
 * Installs ours into a temporary directory by the program's own command: once for a run of all tests, which names the
 * directory in CNIDARIA_TEST_INSTALL; else once for each test file.
 * @returns the CNI bin directory
 */
export function installOnce(): Promise<string> {
  installed ??= install();
  return installed;
}

async function install(): Promise<string> {
  const shared = Deno.env.get("CNIDARIA_TEST_INSTALL");
  const directory = shared ?? await Deno.makeTempDir({ prefix: "cnidaria-install-" });
  const bin = `${directory}/bin`;
  if (shared === undefined) {
    globalThis.addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));
  } else if (await Deno.stat(`${directory}/complete`).then(() => true, () => false)) {
    return bin;
  }
  const main = new URL("../../runtime/main.ts", import.meta.url).pathname;
  const options = ["--prefix", `${directory}/prefix`, "--drop-in", "all"];
  await must([Deno.execPath(), "run", "-A", main, "install", bin, ...options], { limit: 120_000 });
  await Deno.writeTextFile(`${directory}/complete`, "");
  return bin;
}
