// Starts the program with a fault built in, on a node.

import { bundleInto } from "../../runtime/setup/bundle.ts";
import type { Command, Config } from "../lab/cni_call.ts";
import { run } from "../lab/command.ts";
import type { Namespace } from "../lab/namespace.ts";
import type { Node } from "../lab/node.ts";

/** What goes wrong, and at which point of the call, counted from 0 on. */
export interface Fault {
  readonly kind: "fail" | "trap" | "kill";
  readonly at: number;
}

/** The attachment that calls are for. */
export interface Place {
  readonly node: Node;
  readonly pod: Namespace;
  readonly containerId: string;
  readonly ifname: string;
}

/** What a call may differ in. */
export interface CallOptions {
  readonly faults?: readonly Fault[];
  readonly engine?: string;
  /** CNIDARIA_LIB, with the plugins. */
  readonly lib?: string;
}

/** How a call went. */
export interface FaultyOutcome {
  /** The points that it came to; the last is the one where it struck. */
  readonly points: readonly string[];
  readonly killed: boolean;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const root = new URL("../..", import.meta.url).pathname;
const FLAGS = ["--no-prompt", "--no-config", "--no-lock", "--no-npm", "--no-remote", "--no-code-cache"];

/** For the tests that build it: esbuild's own process ends some time after it was told to, and then its pipes close. */
export const esbuildStays = { sanitizeOps: false, sanitizeResources: false };

/** The program, bundled: from its sources it takes 0.3 s longer to start. */
export class FaultyProgram implements AsyncDisposable {
  #calls = 0;

  private constructor(readonly directory: string) {}

  static async build(): Promise<FaultyProgram> {
    const directory = await Deno.makeTempDir({ prefix: "cnidaria-faulty-" });
    await bundleInto(root, directory, [{ name: "faulty_host", entry: "test/faults/faulty_host.ts" }]);
    return new FaultyProgram(directory);
  }

  /** One call, to its end. */
  async call(
    place: Place,
    command: Command,
    config: Config,
    options: CallOptions = {},
  ): Promise<FaultyOutcome> {
    const points = `${this.directory}/points-${++this.#calls}`;
    const { faults = [], engine = "wasmtime", lib = `${root}dist` } = options;
    const argv = [Deno.execPath(), "run", ...FLAGS, "--allow-all", `${this.directory}/faulty_host.js`];
    const { code, stdout, stderr } = await run(
      ["nsenter", `--net=${place.node.namespace.path}`, "--", ...argv],
      {
        input: JSON.stringify(config),
        env: {
          CNI_COMMAND: command,
          CNI_CONTAINERID: place.containerId,
          CNI_NETNS: place.pod.path,
          CNI_IFNAME: place.ifname,
          CNI_PATH: "/nonexistent",
          CNIDARIA_NAME: config.type,
          CNIDARIA_STATE: place.node.stateDirectory,
          CNIDARIA_LIB: lib,
          CNIDARIA_ENGINE: engine,
          FAULT_POINTS: points,
          FAULTS: faults.map(({ kind, at }) => `${kind}@${at}`).join(" "),
        },
      },
    );
    return { points: await linesOf(points), killed: code === 128 + 9, code, stdout, stderr };
  }

  /** @throws {Error} if the call fails */
  async succeed(...args: Parameters<FaultyProgram["call"]>): Promise<FaultyOutcome> {
    const outcome = await this.call(...args);
    if (outcome.code === 0) return outcome;
    throw new Error(`Cannot ${args[1]} as it ended with ${outcome.code}: ${outcome.stdout}${outcome.stderr}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.directory, { recursive: true });
  }
}

async function linesOf(path: string): Promise<string[]> {
  const text = await Deno.readTextFile(path).catch(() => "");
  await Deno.remove(path).catch(() => {});
  return text.split("\n").filter((line) => line !== "");
}
