// Finds what belongs to a plugin by its name: its component, <lib>/plugins/<name>/{plugin.json, plugin.wasm, v8/}, or that
// of one which did not come with cnidaria, in a folder that outlives a release; and what an administrator has allowed,
// <state>/allowed/<name>.json.

import { whyUntrusted } from "../../host-funcs/sys/trust.ts";
import { CniFailure } from "../cni/failure.ts";
import type { ComponentFile } from "../engine/engine.ts";
import { type Manifest, parseManifest } from "./manifest.ts";

/** A plugin that is installed. */
export interface InstalledPlugin {
  readonly manifest: Manifest;
  readonly file: ComponentFile;
}

/** What the plugins' names begin with when several CNI implementations share one folder. */
const PREFIX = "cnidaria-";
const NAME = /^[a-z0-9][a-z0-9-]*$/;

/** `cnidaria-bridge` and `bridge` name the same plugin. */
export function pluginName(type: string): string {
  return type.startsWith(PREFIX) ? type.slice(PREFIX.length) : type;
}

/** Whether a text can be the name of a plugin: so it is safe as the name of a file, too. */
export function isPluginName(name: string): boolean {
  return NAME.test(name);
}

/**
 * Where plugins are that did not come with cnidaria: of an installation, `<prefix>/plugins`, which stays when a new release
 * comes; of a checkout, a folder of its build.
 *
 * @param libDir see `paths.ts`
 */
export function thirdPartyDir(libDir: string): string {
  const prefix = /^(.*)\/releases\/[^/]+\/lib\/cnidaria$/.exec(libDir)?.[1];
  return prefix === undefined ? `${libDir}/third-party` : `${prefix}/plugins`;
}

/** The folder of a plugin, if it is installed: what came with cnidaria goes before another of the same name. */
export function pluginFolder(libDir: string, name: string): string | undefined {
  return [`${libDir}/plugins/${name}`, `${thirdPartyDir(libDir)}/${name}`].find((folder) => {
    try {
      return Deno.statSync(`${folder}/plugin.json`).isFile;
    } catch (error) {
      // What may not be looked at is there: reading it tells why.
      return !(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory);
    }
  });
}

/** Names of the plugins that are installed, sorted. @throws {Error} where nothing of cnidaria's is */
export function installedPlugins(libDir: string): string[] {
  const names = [...Deno.readDirSync(`${libDir}/plugins`)].map(({ name }) => name);
  try {
    for (const { name } of Deno.readDirSync(thirdPartyDir(libDir))) {
      if (isPluginName(name) && !names.includes(name)) names.push(name);
    }
  } catch {
    // There are none.
  }
  return names.sort();
}

/** Whether a plugin of that name is installed; it may still be one that must not be run. */
export function hasPlugin(libDir: string, name: string): boolean {
  return NAME.test(name) && pluginFolder(libDir, name) !== undefined;
}

/** Names of the controllers that are installed, sorted; what cannot be read is none. */
export function installedControllers(libDir: string): string[] {
  return installedExporting(libDir, ["controller"]);
}

/** Names of the plugins that the agent alone runs, and no container runtime; sorted; what cannot be read is none. */
export function agentsOwnPlugins(libDir: string): string[] {
  return installedExporting(libDir, ["controller", "policy"]);
}

function installedExporting(libDir: string, kinds: readonly Manifest["exports"][]): string[] {
  const isWanted = (name: string) => {
    try {
      const found = findPlugin(libDir, name);
      return found !== undefined && kinds.includes(found.manifest.exports);
    } catch {
      return false;
    }
  };
  try {
    return installedPlugins(libDir).filter(isWanted);
  } catch {
    return [];
  }
}

/** The folder of all permissions. */
export function permissionDir(stateDir: string): string {
  return `${stateDir}/allowed`;
}

/** @param name as a plugin is named, so a file's name as well */
export function permissionPath(stateDir: string, name: string): string {
  return `${permissionDir(stateDir)}/${name}.json`;
}

/** False only if there is certainly no file: what cannot be looked at is told by whoever reads it. */
export function hasPermission(stateDir: string, name: string): boolean {
  try {
    Deno.statSync(permissionPath(stateDir, name));
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}

/**
 * Finds a plugin by its name or type.
 *
 * @param libDir see `paths.ts`
 * @returns nothing if there is none by that name
 * @throws {CniFailure} `pluginInvalid` if there is one that must not be run
 */
export function findPlugin(libDir: string, type: string): InstalledPlugin | undefined {
  const name = pluginName(type);
  if (!NAME.test(name)) return undefined;
  const folder = pluginFolder(libDir, name);
  if (folder === undefined) return undefined;
  const manifestPath = `${folder}/plugin.json`;
  let text: string;
  try {
    text = Deno.readTextFileSync(manifestPath);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw invalid(`Cannot read ${manifestPath}: ${(error as Error).message}`);
  }
  const wasmPath = `${folder}/plugin.wasm`;
  for (const path of [folder, manifestPath, wasmPath]) checkOwner(path);
  const manifest = parseManifest(text, manifestPath);
  if (manifest.name !== name) {
    throw invalid(`Cannot use ${manifestPath} as its name is not that of its folder: ${JSON.stringify(manifest.name)}`);
  }
  if (manifest.build === undefined) {
    throw invalid(`Cannot use ${manifestPath} as it has no build.digest: build the plugin with \`deno task build\``);
  }
  return { manifest, file: { name, wasmPath, digest: manifest.build.digest, v8Dir: `${folder}/v8` } };
}

/** Whoever can write a plugin's files can do what the plugin may do: that must be root, or the caller alone. */
function checkOwner(path: string): void {
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(path);
  } catch (error) {
    throw invalid(`Cannot use ${path}: ${(error as Error).message}`);
  }
  const why = whyUntrusted(info);
  if (why !== undefined) throw invalid(`Cannot use ${path} as ${why}`);
}

function invalid(message: string): CniFailure {
  return new CniFailure("pluginInvalid", message);
}
