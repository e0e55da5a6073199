// The verbs on a list of plugins, as libcni carries them out.

import { isAtLeast } from "../../cni/version.ts";
import { CommandFailure } from "../output.ts";
import { invoke, type Parameters } from "./invoke.ts";
import type { NetworkList } from "./network_list.ts";
import { pluginInput } from "./plugin_input.ts";
import type { ResultCache } from "./result_cache.ts";

/** Calls one plugin: `invoke`, or a test's own. */
export type Invoke = typeof invoke;

/** One attachment, and how to reach plugins. */
export interface ChainCall {
  readonly attachment: NonNullable<Parameters["attachment"]>;
  readonly capabilityArgs: Record<string, unknown>;
  readonly path: string;
  /** Folder in which each plugin of ours leaves a trace, named by its type. */
  readonly traceDir?: string;
}

export class Chain {
  constructor(
    private readonly list: NetworkList,
    private readonly cache: ResultCache,
    private readonly call: Invoke = invoke,
  ) {}

  /** Runs the plugins in order, each with the result of the one before. @returns the last one's result */
  async add(call: ChainCall): Promise<unknown> {
    let prevResult: unknown;
    for (const plugin of this.list.plugins) {
      const input = pluginInput(this.list, plugin, { prevResult, capabilityArgs: call.capabilityArgs });
      prevResult = await this.call(plugin.type, input, this.#parameters("ADD", plugin.type, call));
    }
    const { netns, args } = call.attachment;
    const { capabilityArgs } = call;
    await this.cache.put({
      ...this.#key(call),
      netns,
      args,
      capabilityArgs,
      config: this.list.text,
      result: prevResult,
    });
    return prevResult;
  }

  /** Runs the plugins in order with the result of the ADD. */
  async check(call: ChainCall): Promise<void> {
    if (this.list.disableCheck) return;
    this.#needs("CHECK", "0.4.0");
    const prevResult = await this.cache.get(this.#key(call));
    if (prevResult === undefined) {
      throw new CommandFailure("Cannot check as there is no result of an ADD: add it with the same --cache-dir first");
    }
    for (const plugin of this.list.plugins) {
      const input = pluginInput(this.list, plugin, { prevResult, capabilityArgs: call.capabilityArgs });
      await this.call(plugin.type, input, this.#parameters("CHECK", plugin.type, call));
    }
  }

  /** Runs the plugins in reverse order, with the result of the ADD if there is one. */
  async del(call: ChainCall): Promise<void> {
    const key = this.#key(call);
    const prevResult = isAtLeast(this.list.cniVersion, "0.4.0") ? await this.cache.get(key) : undefined;
    for (const plugin of this.list.plugins.toReversed()) {
      const input = pluginInput(this.list, plugin, { prevResult, capabilityArgs: call.capabilityArgs });
      await this.call(plugin.type, input, this.#parameters("DEL", plugin.type, call));
    }
    await this.cache.remove(key);
  }

  /** Tells each plugin which attachments are in use; all are told, even if one fails. */
  async gc(valid: readonly { containerID: string; ifname: string }[], path: string): Promise<void> {
    if (this.list.disableGC) return;
    this.#needs("GC", "1.1.0");
    const failures: string[] = [];
    for (const plugin of this.list.plugins) {
      const input = pluginInput(this.list, plugin, { validAttachments: valid });
      await this.call(plugin.type, input, { command: "GC", path }).catch((error) => failures.push(error.message));
    }
    if (failures.length > 0) throw new CommandFailure(failures.join("\n"));
  }

  async status(path: string): Promise<void> {
    this.#needs("STATUS", "1.1.0");
    for (const plugin of this.list.plugins) {
      await this.call(plugin.type, pluginInput(this.list, plugin, {}), { command: "STATUS", path });
    }
  }

  #needs(command: string, version: "0.4.0" | "1.1.0"): void {
    if (isAtLeast(this.list.cniVersion, version)) return;
    throw new CommandFailure(
      `Cannot run ${command} as it needs cniVersion ${version} or later: ${this.list.name} has ${this.list.cniVersion}`,
    );
  }

  #parameters(command: Parameters["command"], type: string, { attachment, path, traceDir }: ChainCall): Parameters {
    return { command, path, attachment, ...(traceDir !== undefined && { trace: `${traceDir}/${type}` }) };
  }

  #key({ attachment: { containerId, ifname } }: ChainCall) {
    return { network: this.list.name, containerId, ifname };
  }
}
