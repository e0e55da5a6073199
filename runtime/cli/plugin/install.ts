// `cnidaria plugin install`: a plugin that did not come with cnidaria, among those that are installed. It does not run
// before an administrator allows it.

import { linkAtomically } from "../../atomic_file.ts";
import { libDir } from "../../paths.ts";
import { findPlugin, isPluginName, pluginFolder, thirdPartyDir } from "../../plugin/registry.ts";
import { digestOf } from "../../setup/digest.ts";
import { ownerOf, ownerOfProgram } from "../../setup/install/entries.ts";
import { makeFolder } from "../../setup/install/release.ts";
import { CommandFailure, type Output } from "../output.ts";
import { fromHere, subjectOf } from "./subject.ts";

export interface InstallPluginOptions {
  /** A CNI bin folder. */
  readonly entry?: string;
}

/** What is installed of a build; v8's part is made anew when the plugin is allowed, as it is JavaScript. */
const FILES = ["plugin.wasm", "plugin.json"];

export async function pluginInstall(dir: string, options: InstallPluginOptions, output: Output): Promise<void> {
  const { dir: built, manifest, name } = await subjectOf(dir);
  const digest = await digestOf(await Deno.readFile(`${built}/plugin.wasm`));
  if (digest !== manifest.build?.digest) {
    throw new CommandFailure(
      `Cannot install ${name} as ${built}/plugin.wasm is not what its plugin.json says: SHA-256 ${digest}, there ` +
        `${manifest.build?.digest ?? "none"}`,
    );
  }
  const lib = libDir();
  if (pluginFolder(lib, name)?.startsWith(`${lib}/plugins/`)) {
    throw new CommandFailure(`Cannot install ${name} as a plugin of that name comes with cnidaria: give it another`);
  }
  const folder = `${thirdPartyDir(lib)}/${name}`;
  await replaceFolder(folder, built);
  findPlugin(lib, name);
  output.line(`${name} ${manifest.version} is in ${folder}`);
  if (options.entry !== undefined) output.line(`entry ${await makeEntry(fromHere(options.entry), name)}`);
  output.line(`it does not run before it is allowed: cnidaria plugin allow ${name}`);
}

/** Removes its folder, and its entry. What was allowed stays: `plugin revoke`. */
export async function pluginUninstall(name: string, options: InstallPluginOptions, output: Output): Promise<void> {
  const folder = `${thirdPartyDir(libDir())}/${name}`;
  if (!isPluginName(name) || !await exists(folder)) {
    throw new CommandFailure(`Cannot uninstall as no plugin of that name was installed: ${name} (looked in ${folder})`);
  }
  if (options.entry !== undefined) {
    const entry = entryPath(fromHere(options.entry), name);
    if (await ownerOf(entry) === "ours") {
      await Deno.remove(entry);
      output.line(`removed ${entry}`);
    }
  }
  await Deno.remove(folder, { recursive: true });
  output.line(`removed ${folder}`);
}

/** The whole folder, or the one before: a call that runs meanwhile never sees the files of two. */
async function replaceFolder(folder: string, built: string): Promise<void> {
  const parent = folder.slice(0, folder.lastIndexOf("/"));
  await makeFolder(parent);
  const staging = await Deno.makeTempDir({ dir: parent, prefix: ".staging-" });
  try {
    await Deno.chmod(staging, 0o755);
    for (const file of FILES) {
      await Deno.copyFile(`${built}/${file}`, `${staging}/${file}`);
      await Deno.chmod(`${staging}/${file}`, 0o644);
    }
    if (await exists(folder)) {
      const before = `${staging}.before`;
      await Deno.rename(folder, before);
      await Deno.rename(staging, folder);
      await Deno.remove(before, { recursive: true });
    } else await Deno.rename(staging, folder);
  } catch (error) {
    await Deno.remove(staging, { recursive: true }).catch(() => {});
    throw new CommandFailure(`Cannot install into ${folder}: ${(error as Error).message}`);
  }
}

async function makeEntry(binDir: string, name: string): Promise<string> {
  const path = entryPath(binDir, name);
  if (await ownerOfProgram(binDir) !== "ours") {
    throw new CommandFailure(`Cannot make an entry in ${binDir} as cnidaria is not installed there`);
  }
  if (await ownerOf(path) === "foreign") throw new CommandFailure(`Cannot make an entry as it is another's: ${path}`);
  await linkAtomically("cnidaria", path);
  return path;
}

function entryPath(binDir: string, name: string): string {
  return `${binDir}/cnidaria-${name}`;
}

function exists(path: string): Promise<boolean> {
  return Deno.lstat(path).then(() => true, () => false);
}
