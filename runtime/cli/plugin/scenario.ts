// A network configuration and a pod, as `run`, `bench` and `record` have them.

import { openEngine } from "../../engine/open_engine.ts";
import type { Engine } from "../../engine/engine.ts";
import { cacheDir, libDir } from "../../paths.ts";
import type { Ground } from "../../testkit/ground.ts";
import { TestNode } from "../../testkit/test_node.ts";
import type { Result, TestPod } from "../../testkit/test_pod.ts";
import type { CallPlace } from "../../plugin/host_context.ts";
import { engineChoice } from "../engine_choice.ts";
import { type NetworkList, parseNetworkList, type PluginConfig } from "../libcni/network_list.ts";
import { pluginInput } from "../libcni/plugin_input.ts";
import { CommandFailure } from "../output.ts";
import { fromHere, isFile, type Subject } from "./subject.ts";

export interface ScenarioOptions {
  readonly conf?: string;
  readonly args: string;
  /** JSON text. */
  readonly cap: string;
  readonly memory?: boolean;
}

/** A node with the plugin, and a pod that is not attached yet. */
export class Scenario implements Disposable {
  readonly list: NetworkList;
  readonly #capabilityArgs: Record<string, unknown>;
  readonly #args: Record<string, string>;

  private constructor(
    subject: Subject,
    options: ScenarioOptions,
    private readonly engine: Engine,
    readonly node: TestNode,
  ) {
    this.list = listOf(subject, options.conf);
    this.#capabilityArgs = capabilityArgsOf(options.cap);
    this.#args = argsOf(options.args);
  }

  /** @throws {CommandFailure} */
  static async open(subject: Subject, options: ScenarioOptions): Promise<Scenario> {
    const lib = libDir();
    const ground = options.memory === true ? undefined : await kernelGround();
    const engine = await openEngine(engineChoice(), { libDir: lib, cacheDir: cacheDir() });
    let node: TestNode | undefined;
    try {
      node = new TestNode({ engine, dist: lib, plugins: [subject], ...ground !== undefined && { ground } });
      return new Scenario(subject, options, engine, node);
    } catch (error) {
      node?.[Symbol.dispose]();
      engine.close();
      throw error;
    }
  }

  pod(containerId: string): TestPod {
    return this.node.pod(containerId, { args: this.#args });
  }

  /** Each plugin of the list with the result of the one before. @param told after each, with its type */
  async add(pod: TestPod, told: (type: string) => void = () => {}): Promise<Result> {
    pod.result = undefined;
    for (const plugin of this.list.plugins) await this.#verb(pod, "add", plugin, told);
    return pod.result!;
  }

  async check(pod: TestPod, told: (type: string) => void = () => {}): Promise<void> {
    for (const plugin of this.list.plugins) await this.#verb(pod, "check", plugin, told);
  }

  /** The last plugin first. */
  async del(pod: TestPod, told: (type: string) => void = () => {}): Promise<void> {
    for (const plugin of this.list.plugins.toReversed()) await this.#verb(pod, "del", plugin, told);
  }

  async #verb(
    pod: TestPod,
    verb: "add" | "check" | "del",
    plugin: PluginConfig,
    told: (type: string) => void,
  ): Promise<void> {
    const text = pluginInput(this.list, plugin, { capabilityArgs: this.#capabilityArgs });
    try {
      await pod[verb](JSON.parse(text));
    } finally {
      told(plugin.type);
    }
  }

  [Symbol.dispose](): void {
    this.node[Symbol.dispose]();
    this.engine.close();
  }
}

/** A node of the kernel's, which is thrown away: see `KernelGround`. */
async function kernelGround(): Promise<(place: CallPlace) => Ground> {
  if (Deno.uid() !== 0) {
    throw new CommandFailure("Cannot make a network namespace without root: --memory runs on a node in memory");
  }
  const { KernelGround } = await import("../../testkit/kernel_ground.ts");
  return (place) => new KernelGround(place);
}

function listOf(subject: Subject, conf: string | undefined): NetworkList {
  const path = conf === undefined ? `${subject.source}/example.conflist` : fromHere(conf);
  if (conf === undefined && !isFile(path)) {
    throw new CommandFailure(`Cannot run ${subject.name} without a configuration: --conf FILE, or make ${path}`, 2);
  }
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    throw new CommandFailure(`Cannot read configuration: ${(error as Error).message}`);
  }
  return parseNetworkList(text, path);
}

function capabilityArgsOf(text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Told below: the parser's own words say less.
  }
  throw new CommandFailure(`Cannot use --cap as it is no JSON object: ${text}`, 2);
}

function argsOf(text: string): Record<string, string> {
  const pairs = text.split(";").filter((pair) => pair !== "").map((pair) => {
    const at = pair.indexOf("=");
    if (at < 1) throw new CommandFailure(`Cannot use --args as each part must be KEY=VALUE: ${pair}`, 2);
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
  return Object.fromEntries(pairs);
}
