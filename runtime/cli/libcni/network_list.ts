// A network configuration list as libcni reads it (CNI spec 1.1.0, section 1).

import { CNI_VERSIONS, type CniVersion, isCniVersion } from "../../cni/version.ts";
import { CommandFailure } from "../output.ts";

/** One plugin's configuration, with the keys that the runtime itself looks at. */
export interface PluginConfig extends Record<string, unknown> {
  readonly type: string;
  readonly capabilities?: Record<string, boolean>;
}

export interface NetworkList {
  readonly name: string;
  readonly cniVersion: CniVersion;
  readonly disableCheck: boolean;
  readonly disableGC: boolean;
  readonly plugins: readonly PluginConfig[];
  /** The file's bytes, which the cache keeps. */
  readonly text: string;
}

/**
 * Reads a list, or a single plugin's configuration as a list of one.
 *
 * @param path for messages
 * @throws {CommandFailure} naming the key
 */
export function parseNetworkList(text: string, path: string): NetworkList {
  const fail = (why: string) => new CommandFailure(`Cannot use configuration as ${why}: ${path}`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw fail(`it is no JSON (${(error as Error).message})`);
  }
  if (!isObject(json)) throw fail("it is no JSON object");
  const { name, plugins = [json] } = json;
  if (typeof name !== "string" || name === "") throw fail('"name" must be a string that is not empty');
  if (!Array.isArray(plugins) || plugins.length === 0) throw fail('"plugins" must be a list that is not empty');
  for (const [index, plugin] of plugins.entries()) {
    if (!isObject(plugin) || typeof plugin.type !== "string" || !/^[^/]+$/.test(plugin.type)) {
      throw fail(`"plugins"[${index}].type must be the name of an executable, without slash`);
    }
  }
  return {
    name,
    cniVersion: chooseVersion(json, fail),
    disableCheck: isTrue(json.disableCheck),
    disableGC: isTrue(json.disableGC),
    plugins,
    text,
  };
}

/** The newest of `cniVersions` that both sides know, else `cniVersion`, else 0.1.0. */
function chooseVersion(json: Record<string, unknown>, fail: (why: string) => Error): CniVersion {
  const { cniVersion = "0.1.0", cniVersions = [] } = json;
  const offered = Array.isArray(cniVersions) ? cniVersions : [];
  const newest = CNI_VERSIONS.findLast((version) => offered.includes(version));
  if (newest !== undefined) return newest;
  if (typeof cniVersion === "string" && isCniVersion(cniVersion)) return cniVersion;
  throw fail(`"cniVersion" must be one of ${CNI_VERSIONS.join(", ")}, it is ${JSON.stringify(cniVersion)}`);
}

/** libcni takes `true` and the text "true". */
function isTrue(value: unknown): boolean {
  return value === true || value === "true";
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
