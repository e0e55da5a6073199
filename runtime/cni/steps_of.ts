// Which plugins a call is for: by the name that the program was called by, or by the configuration.

import type { Step } from "../transaction/call.ts";
import type { NetworkConfig } from "./config.ts";
import { CniFailure } from "./failure.ts";

/** The program's own name: it says nothing of a plugin. */
const PROGRAM = "cnidaria";
const PREFIX = "cnidaria-";

/**
 * The plugins of a call, in the order of the configuration.
 *
 * @param calledAs the last part of the path that the program was called by; empty if it is not known
 * @param isPlugin whether a plugin of that name is installed
 * @returns `plugin` names the call's entries in the ledger
 * @throws {CniFailure} `invalidConfig` if neither says which plugin to run
 */
export function stepsOf(
  calledAs: string,
  config: NetworkConfig,
  isPlugin: (name: string) => boolean,
): { plugin: string; steps: Step[] } {
  const called = calledAs.startsWith(PREFIX) ? calledAs.slice(PREFIX.length) : calledAs;
  if (called !== PROGRAM && called !== "" && (calledAs.startsWith(PREFIX) || isPlugin(called))) {
    return one(called, config);
  }
  const type = config.type ?? "";
  if (type !== PROGRAM && type !== "") {
    return one(type.startsWith(PREFIX) ? type.slice(PREFIX.length) : type, config);
  }
  if (config.plugin !== undefined) return one(config.plugin, config);
  if (config.plugins !== undefined) return { plugin: PROGRAM, steps: chain(config, config.plugins) };
  throw new CniFailure(
    "invalidConfig",
    'Cannot tell which plugin to run as the network configuration has neither "plugin" nor "plugins"',
    'with "type": "cnidaria", name one in "plugin", or a chain in "plugins"',
  );
}

function one(type: string, config: NetworkConfig): { plugin: string; steps: Step[] } {
  return { plugin: type, steps: [{ type, config }] };
}

/** Each plugin of a chain gets what a runtime would give it: the network's keys, and what was set for this call. */
function chain(config: NetworkConfig, plugins: readonly Record<string, unknown>[]): Step[] {
  const common: Record<string, unknown> = {};
  for (const key of ["cniVersion", "name", "runtimeConfig", "args", "prevResult"]) {
    if (config[key] !== undefined) common[key] = config[key];
  }
  // Said once for the chain, it must not be lost: the plugin that makes the interface is held to it.
  const { networkPolicy } = config;
  const given = networkPolicy === undefined ? {} : { networkPolicy };
  return plugins.map((own) => ({ type: String(own["type"]), config: { ...given, ...own, ...common } }));
}
