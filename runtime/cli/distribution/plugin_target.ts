// Writes a plugin's folder when it was unpacked: all of it, or nothing.

import { readFirstParty } from "../../plugin/admission/first_party.ts";
import { pluginFolder, pluginName, thirdPartyDir } from "../../plugin/registry.ts";
import { digestOf } from "../../setup/digest.ts";
import { makeFolder } from "../../setup/install/release.ts";
import { CommandFailure } from "../output.ts";
import { fromHere } from "../plugin/subject.ts";
import type { PluginFiles } from "./plugin_files.ts";

/** Where plugins are written to. */
export interface Target {
  /** Each gets a folder of its name in it. */
  readonly parent: string;
  /** Whether one that is there already, and is another, is replaced. */
  readonly force: boolean;
}

/** @throws {CommandFailure} code 2 unless exactly one of `out` and `install` is given */
export function targetOf(options: { out?: string; install?: boolean; force?: boolean }, libDir: string): Target {
  if ((options.out === undefined) === (options.install !== true)) {
    throw new CommandFailure("Cannot tell where to: --out DIR, or --install, and not both", 2);
  }
  return {
    parent: options.out === undefined ? thirdPartyDir(libDir) : fromHere(options.out).replace(/(?<=.)\/+$/, ""),
    force: options.force === true,
  };
}

/** @throws {CommandFailure} if a plugin came with the installation, which none that is installed may take the place of */
export function refuseFirstParty(plugins: readonly PluginFiles[], target: Target, libDir: string): void {
  if (target.parent !== thirdPartyDir(libDir)) return;
  const list = readFirstParty(libDir);
  const taken = plugins.find(({ manifest }) =>
    Object.hasOwn(list, manifest.name) || pluginFolder(libDir, manifest.name)?.startsWith(`${libDir}/plugins/`)
  )?.manifest.name;
  if (taken !== undefined) {
    throw new CommandFailure(`Cannot install ${taken} as a plugin of that name came with cnidaria`);
  }
  const prefixed = plugins.find(({ manifest: { name } }) => pluginName(name) !== name)?.manifest.name;
  if (prefixed !== undefined) {
    throw new CommandFailure(`Cannot install ${prefixed} as its name begins like an entry's: none could name it`);
  }
}

/** Where a plugin was written, and whether it was there already. */
export interface Placed {
  readonly path: string;
  readonly same: boolean;
}

/**
 * Writes plugins' folders: all of them, or none. They may not run by that: `cnidaria plugin allow` is the administrator's.
 *
 * @throws {CommandFailure} if another is in the place of one, unless that is to be replaced
 */
export async function writePlugins(plugins: readonly PluginFiles[], { parent, force }: Target): Promise<Placed[]> {
  const moves: Move[] = [];
  try {
    const placed = await planMoves(plugins, { parent, force }, moves);
    await makeFolder(parent);
    for (const move of moves) await stage(move);
    await moveAll(moves);
    return placed;
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(`Cannot write plugins to ${parent}, and left it as it was: ${(error as Error).message}`);
  } finally {
    for (const { fresh } of moves) await Deno.remove(fresh, { recursive: true }).catch(() => {});
  }
}

async function planMoves(
  plugins: readonly PluginFiles[],
  { parent, force }: Target,
  moves: Move[],
): Promise<Placed[]> {
  const placed: Placed[] = [];
  for (const [index, plugin] of plugins.entries()) {
    const { name } = plugin.manifest;
    const path = `${parent}/${name}`;
    if (plugins.findIndex(({ manifest }) => manifest.name === name) !== index) {
      throw new CommandFailure(`Cannot write ${path} twice: there is more than one plugin ${name}`);
    }
    const there = await exists(path);
    const same = there && await isSame(path, plugin);
    if (there && !same && !force) {
      throw new CommandFailure(`Cannot write ${path} as something else is there: --force replaces it`);
    }
    placed.push({ path, same });
    const fresh = `${parent}/.${name}.${crypto.randomUUID().slice(0, 8)}`;
    if (!same) moves.push({ plugin, path, fresh, old: there ? `${fresh}.old` : undefined });
  }
  return placed;
}

interface Move {
  readonly plugin: PluginFiles;
  readonly path: string;
  /** Hidden, beside `path`: a rename does not cross file systems. */
  readonly fresh: string;
  /** Where what is at `path` goes meanwhile; undefined where nothing is. */
  readonly old: string | undefined;
}

async function stage({ plugin, fresh }: Move): Promise<void> {
  const files = [["plugin.wasm", plugin.wasm], ["plugin.json", new TextEncoder().encode(plugin.json)]] as const;
  await Deno.mkdir(fresh);
  await Deno.chmod(fresh, 0o755);
  for (const [name, bytes] of files) {
    await Deno.writeFile(`${fresh}/${name}`, bytes, { createNew: true });
    await Deno.chmod(`${fresh}/${name}`, 0o644);
  }
  // So that what is packed of it is the same artifact again.
  await Deno.utime(`${fresh}/plugin.wasm`, plugin.built, plugin.built);
}

async function moveAll(moves: readonly Move[]): Promise<void> {
  const undo: (() => Promise<void>)[] = [];
  try {
    for (const { path, fresh, old } of moves) {
      if (old !== undefined) {
        await Deno.rename(path, old);
        undo.push(() => Deno.rename(old, path));
      }
      await Deno.rename(fresh, path);
      undo.push(() => Deno.rename(path, fresh));
    }
  } catch (error) {
    const failed: string[] = [];
    for (const each of undo.reverse()) await each().catch((cause) => failed.push((cause as Error).message));
    if (failed.length === 0) throw error;
    const hidden = moves.flatMap(({ old, path }) => old === undefined ? [] : [`${path} was moved to ${old}`]);
    throw new CommandFailure(
      `Cannot write plugins: ${(error as Error).message}; and not all could be put back (${failed.join("; ")}): ` +
        hidden.join(", "),
    );
  }
  // What is new is in force: what cannot be removed of the old is hidden, and nobody's.
  for (const { old } of moves) if (old !== undefined) await Deno.remove(old, { recursive: true }).catch(() => {});
}

async function isSame(path: string, plugin: PluginFiles): Promise<boolean> {
  try {
    return await Deno.readTextFile(`${path}/plugin.json`) === plugin.json &&
      await digestOf(await Deno.readFile(`${path}/plugin.wasm`)) === plugin.manifest.build?.digest;
  } catch {
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
