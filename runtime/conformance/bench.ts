// What a case works with: a node of its own, the configuration with the version under test, and the verbs.

import { Chain, type ChainCall } from "../cli/libcni/chain.ts";
import type { Parameters } from "../cli/libcni/invoke.ts";
import { isObject, type NetworkList, parseNetworkList, type PluginConfig } from "../cli/libcni/network_list.ts";
import { pluginInput } from "../cli/libcni/plugin_input.ts";
import { ResultCache } from "../cli/libcni/result_cache.ts";
import type { CniVersion } from "../cni/version.ts";
import { Wrong } from "./case.ts";
import { Place, SuiteNode } from "./node.ts";
import { type Outcome, plainEnvironment, said } from "./process.ts";
import { isRecorder, Recorder } from "./recorder.ts";

/** A plugin answered with an error: what a case may want. */
export class PluginFailed extends Wrong {
  constructor(readonly type: string, command: string, readonly outcome: Outcome) {
    super(`${command} by ${type} failed with ${said(outcome)}`);
  }
}

/** What is tested. */
export interface Subject {
  /** The plugin directory. */
  readonly binDir: string;
  /** Text of the list, or of a single plugin's configuration. */
  readonly conf: string;
  /** Folder for nodes. */
  readonly workDir: string;
}

export type Changes = (plugins: PluginConfig[]) => PluginConfig[];

export interface Attachment {
  readonly pod: Place;
  readonly containerId: string;
  readonly ifname: string;
}

let benches = 0;

export class Bench implements AsyncDisposable {
  readonly node: SuiteNode;
  readonly recorder = new Recorder();
  /** Folders for CNI_PATH; a case may add one. */
  path: string;
  #containers = 0;

  constructor(readonly subject: Subject, readonly version: CniVersion) {
    this.node = new SuiteNode(`${subject.workDir}/${++benches}`);
    this.path = subject.binDir;
  }

  /** The configuration at the version under test, with leases in the node's own folder. */
  list(changes: Changes = (plugins) => plugins, version: string = this.version): NetworkList {
    const { cniVersions: _, ...json } = JSON.parse(this.subject.conf);
    const parsed = parseNetworkList(JSON.stringify({ ...json, cniVersion: this.version }), "the configuration");
    const plugins = changes(parsed.plugins.map((plugin) => this.#ownLeases(plugin)));
    const text = JSON.stringify({ cniVersion: version, name: parsed.name, plugins });
    return { ...parsed, cniVersion: version as CniVersion, disableCheck: false, disableGC: false, plugins, text };
  }

  #ownLeases(plugin: PluginConfig): PluginConfig {
    if (!isObject(plugin.ipam) || plugin.ipam.type !== "host-local") return plugin;
    return { ...plugin, ipam: { ...plugin.ipam, dataDir: `${this.node.directory}/leases` } };
  }

  attachment(changes: Partial<Attachment> = {}): Attachment {
    return {
      pod: changes.pod ?? this.node.pod(),
      containerId: changes.containerId ?? `conformance-${++this.#containers}`,
      ifname: changes.ifname ?? "eth0",
    };
  }

  // The verbs on the whole list, as libcni carries them out. They throw `PluginFailed`.

  async add(at: Attachment, list = this.list()): Promise<Record<string, unknown>> {
    const result = await this.chain(list).add(this.callOf(at));
    if (!isObject(result)) throw new Wrong(`ADD printed no result object: ${JSON.stringify(result)}`);
    return result;
  }

  async del(at: Attachment, list = this.list(), netns = at.pod.path): Promise<void> {
    await this.chain(list).del(this.callOf(at, netns));
  }

  async check(at: Attachment, list = this.list()): Promise<void> {
    await this.chain(list).check(this.callOf(at));
  }

  async gc(valid: readonly Attachment[], list = this.list()): Promise<void> {
    await this.chain(list).gc(valid.map((it) => ({ containerID: it.containerId, ifname: it.ifname })), this.path);
  }

  /** @param cache a name: calls with another one know nothing of each other's results */
  chain(list: NetworkList, cache = "cache"): Chain {
    return new Chain(list, new ResultCache(`${this.node.directory}/${cache}`), (type, input, parameters) => {
      if (isRecorder(type)) return Promise.resolve(this.recorder.call(type, input, parameters));
      return this.#invoke(type, input, parameters);
    });
  }

  /** An attachment as the executor takes it. */
  callOf({ containerId, pod, ifname }: Attachment, netns = pod.path): ChainCall {
    return { attachment: { containerId, netns, ifname, args: "" }, capabilityArgs: {}, path: this.path };
  }

  async #invoke(type: string, input: string, { command, path, attachment }: Parameters): Promise<unknown> {
    const env: Record<string, string> = { CNI_COMMAND: command, CNI_PATH: path };
    if (attachment !== undefined) {
      const { containerId, netns, ifname, args } = attachment;
      Object.assign(env, { CNI_CONTAINERID: containerId, CNI_NETNS: netns, CNI_IFNAME: ifname, CNI_ARGS: args });
    }
    const outcome = await this.raw(type, env, input);
    if (outcome.code !== 0) throw new PluginFailed(type, command, outcome);
    if (outcome.stdout.trim() === "") return undefined;
    try {
      return JSON.parse(outcome.stdout);
    } catch {
      throw new Wrong(`${command} by ${type} wrote more than JSON on stdout: ${said(outcome)}`);
    }
  }

  /** One executable, with exactly this of the protocol in its environment. */
  raw(type: string, cni: Record<string, string>, input: string): Promise<Outcome> {
    const env = { ...plainEnvironment(), CNIDARIA_STATE: `${this.node.directory}/state`, ...cni };
    return this.node.place.run([`${this.subject.binDir}/${type}`], env, input);
  }

  /**
   * The list's first plugin with one thing wrong.
   *
   * @param env changes; undefined leaves a variable out
   * @param input for stdin, or changes to the right configuration
   */
  async first(
    command: string,
    env: Record<string, string | undefined> = {},
    input: string | Record<string, unknown> = {},
  ): Promise<Outcome> {
    const list = this.list();
    const plugin = list.plugins[0]!;
    const { pod, containerId, ifname } = this.attachment();
    const right = { CNI_CONTAINERID: containerId, CNI_NETNS: pod.path, CNI_IFNAME: ifname, CNI_PATH: this.path };
    const all = Object.entries({ CNI_COMMAND: command, ...right, ...env }).filter(([, value]) => value !== undefined);
    const text = typeof input === "string"
      ? input
      : JSON.stringify({ ...JSON.parse(pluginInput(list, plugin, {})), ...input });
    return await this.raw(plugin.type, Object.fromEntries(all) as Record<string, string>, text);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.node[Symbol.asyncDispose]();
  }
}
