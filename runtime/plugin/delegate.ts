// The interfaces `ipam` and `delegate`: a plugin runs another on its attachment. A component of ours by that name, in
// this process; else an executable from CNI_PATH.

import type * as Delegate from "cnidaria:cni/delegate@0.3.0";
import type * as Ipam from "cnidaria:cni/ipam@0.3.0";
import type { CniResult } from "cnidaria:cni/types@0.3.0";
import { CniFailure, toCniError } from "../cni/failure.ts";
import { resultFromJson, resultToJson } from "../cni/result.ts";
import { isCniVersion, LATEST_VERSION } from "../cni/version.ts";
import { findExecutable, runExecutable } from "./executable.ts";
import { PluginCallError } from "./gate.ts";
import { hasPlugin, pluginName } from "./registry.ts";
import type { Runner, Verb } from "./runner.ts";

type Config = Record<string, unknown>;

/**
 * The functions of interface `ipam` for one run of a plugin.
 *
 * @param seen told of each result before the plugin gets it
 */
export function createIpam(runner: Runner, seen: (result: CniResult) => void): typeof Ipam {
  const run = (verb: Verb, config: string, prevResult?: CniResult) =>
    answering(() => {
      const parsed = parse(config);
      return delegateTo(runner, verb, ipamType(parsed), parsed, prevResult);
    });
  return {
    add: (config) => told(seen, run("add", config)),
    check: (config, prevResult) => void run("check", config, prevResult),
    del: (config) => void run("del", config),
    gc: (config) => void run("gc", config),
    status: (config) => void run("status", config),
  };
}

/** The functions of interface `delegate` for one run of a plugin; see `createIpam`. */
export function createDelegate(runner: Runner, seen: (result: CniResult) => void): typeof Delegate {
  const run = (verb: Verb, plugin: string, config: string) =>
    answering(() => {
      const parsed = parse(config);
      if (verb === "add") refuseUnisolated(runner, plugin, parsed);
      return delegateTo(runner, verb, plugin, parsed, undefined);
    });
  return {
    add: (plugin, config) => told(seen, run("add", plugin, config)),
    check: (plugin, config) => void run("check", plugin, config),
    del: (plugin, config) => void run("del", plugin, config),
    gc: (plugin, config) => void run("gc", plugin, config),
    status: (plugin, config) => void run("status", plugin, config),
  };
}

/**
 * What makes the container's interface has to be held to its `networkPolicy`: an executable of someone else's cannot be.
 *
 * @throws {CniFailure} `invalidConfig`
 */
export function refuseUnisolated(runner: Runner, type: string, config: Readonly<Config>): void {
  if ((config["networkPolicy"] ?? null) === null || runner.options.loader.get(type) !== undefined) return;
  throw new CniFailure(
    "invalidConfig",
    `Cannot do what the network configuration's key "networkPolicy" says as plugin ${JSON.stringify(type)} is an ` +
      "executable of someone else's",
    "the addresses that it gives cannot be isolated: leave the key out, or use a plugin of cnidaria's",
  );
}

/** An `add` has a result. */
function told(seen: (result: CniResult) => void, result: CniResult | undefined): CniResult {
  seen(result!);
  return result!;
}

/** Errors cross into the component as `cni-error`. */
function answering<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof CniFailure) throw new PluginCallError(toCniError(error));
    throw error;
  }
}

function parse(config: string): Config {
  let json: unknown;
  try {
    json = JSON.parse(config);
  } catch {
    json = undefined;
  }
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Config;
  throw new CniFailure("invalidConfig", "Cannot delegate as the configuration is no JSON object");
}

function ipamType(config: Config): string {
  const ipam = config["ipam"];
  const type = typeof ipam === "object" && ipam !== null ? (ipam as Config)["type"] : undefined;
  if (typeof type === "string" && type !== "") return type;
  throw new CniFailure(
    "invalidConfig",
    'Cannot get an address as the network configuration\'s key "ipam.type" is missing',
    "expected the name of an IPAM plugin, such as host-local",
  );
}

/**
 * Runs another plugin on the attachment of a call.
 *
 * @throws {CniFailure}
 */
export function delegateTo(
  runner: Runner,
  verb: Verb,
  type: string,
  config: Config,
  prevResult: CniResult | undefined,
): CniResult | undefined {
  const { changes, context, loader } = runner.options;
  const previous = prevResult ?? previousOf(runner, verb, context.config);
  const component = loader.get(type);
  if (component === undefined) return delegateToExecutable(runner, verb, type, config, previous);
  const mark = changes.mark();
  try {
    return runner.run(component, verb, config, previous);
  } catch (error) {
    if (verb === "add") changes.abandon(mark);
    throw error;
  }
}

/** The prevResult that the runtime gave: an `add` starts without one. */
function previousOf(runner: Runner, verb: Verb, config: Readonly<Config>): CniResult | undefined {
  if (verb === "add" || config["prevResult"] === undefined) return undefined;
  return resultFromJson(config["prevResult"], runner.options.parameters.netns);
}

function delegateToExecutable(
  runner: Runner,
  verb: Verb,
  type: string,
  config: Config,
  previous: CniResult | undefined,
): CniResult | undefined {
  const { environment, loader, lockFile, log, parameters, valid } = runner.options;
  if (hasPlugin(loader.libDir, pluginName(type))) {
    throw new CniFailure("pluginNotFound", `Cannot delegate to plugin ${type} as the configuration does not name it`);
  }
  const path = findExecutable(type, parameters.path);
  if (path === undefined) {
    throw new CniFailure(
      "pluginNotFound",
      `Cannot find plugin ${JSON.stringify(type)}: neither a component of that name nor an executable in CNI_PATH`,
      `CNI_PATH is ${JSON.stringify(parameters.rawPath)}`,
    );
  }
  runner.options.context.admitExecutable(type);
  const version = String(config["cniVersion"] ?? "");
  const text = JSON.stringify({
    ...config,
    ...(previous !== undefined &&
      { prevResult: resultToJson(previous, isCniVersion(version) ? version : LATEST_VERSION, parameters.netns) }),
    ...(verb === "gc" && {
      "cni.dev/valid-attachments": valid.map((it) => ({ containerID: it.containerId, ifname: it.ifname })),
    }),
  });
  const execute = (command: string) =>
    runExecutable({ path, command, parameters, config: text, log, lockFile, environment });
  try {
    const result = execute(verb.toUpperCase());
    if (verb === "add") runner.added.push(() => void execute("DEL"));
    return result;
  } catch (error) {
    runner.delegateFailed = true;
    if (verb === "add") undoAdd(runner, type, () => void execute("DEL"));
    throw error;
  }
}

/** An executable whose ADD failed is asked to DEL (CNI spec 1.1.0, section 4); its own error is what counts. */
function undoAdd(runner: Runner, type: string, del: () => void): void {
  try {
    del();
  } catch (error) {
    runner.options.log("warn", `DEL of ${type} after its failed ADD: ${(error as Error).message}`);
  }
}
