// A plugin that is built, read from its folder to be packed.

import { componentNames } from "../../plugin/component_names.ts";
import { interfacesOf, type Manifest, parseManifest } from "../../plugin/manifest.ts";
import { isPluginName, pluginFolder } from "../../plugin/registry.ts";
import { digestOf } from "../../setup/digest.ts";
import { CommandFailure } from "../output.ts";
import { fromHere } from "../plugin/subject.ts";

export interface PluginFiles {
  readonly manifest: Manifest;
  /** The text of plugin.json. */
  readonly json: string;
  /** plugin.wasm. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** When it was built: the time of plugin.wasm. */
  readonly built: Date;
}

/** Whether a word means a folder; otherwise it is the name of an installed plugin. */
export function isFolder(word: string): boolean {
  return word.includes("/") || word === "." || word === "..";
}

/**
 * Reads a plugin that is built.
 *
 * @param word a folder, or the name of an installed plugin
 * @throws {CommandFailure | CniFailure} if there is none, or what is there is not what its build made
 */
export async function readPlugin(word: string, libDir: string): Promise<PluginFiles> {
  if (!isFolder(word) && !isPluginName(word)) {
    throw new CommandFailure(`Cannot pack as this is neither a folder nor a plugin's name: ${JSON.stringify(word)}`, 2);
  }
  const folder = isFolder(word) ? fromHere(word).replace(/\/+$/, "") : pluginFolder(libDir, word);
  if (folder === undefined) {
    throw new CommandFailure(
      `Cannot pack as no plugin of that name is installed: ${word}; a folder is named with a slash`,
    );
  }
  const [jsonPath, wasmPath] = [`${folder}/plugin.json`, `${folder}/plugin.wasm`];
  let json, wasm, mtime;
  try {
    json = await Deno.readTextFile(jsonPath);
    wasm = await Deno.readFile(wasmPath);
    ({ mtime } = await Deno.stat(wasmPath));
  } catch (error) {
    throw new CommandFailure(
      `Cannot pack plugin ${word} as ${folder} has no plugin.json and plugin.wasm that can be read: ` +
        `${(error as Error).message}; \`plugin:build\` makes them`,
    );
  }
  const manifest = parseManifest(json, jsonPath);
  const digest = await digestOf(wasm);
  if (manifest.build?.digest !== digest) {
    throw new CommandFailure(
      `Cannot pack plugin ${manifest.name} as ${wasmPath} is not what its plugin.json says: its SHA-256 is ${digest}, ` +
        `build.digest is ${manifest.build?.digest ?? "missing"}: build it again`,
    );
  }
  interfacesOf(manifest.name, componentNames(wasm).imports);
  return { manifest, json, wasm, built: epoch() ?? mtime ?? new Date(0) };
}

/** SOURCE_DATE_EPOCH, by which builds are made the same on any machine: seconds since 1970. */
function epoch(): Date | undefined {
  const text = Deno.env.get("SOURCE_DATE_EPOCH");
  return text !== undefined && /^[0-9]{1,12}$/.test(text) ? new Date(Number(text) * 1000) : undefined;
}
