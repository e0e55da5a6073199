// `cnidaria plugin install`: a plugin that did not come with cnidaria, among those that are installed. It does not run
// before an administrator allows it.

import { linkAtomically } from "../../atomic_file.ts";
import { libDir } from "../../paths.ts";
import { isPluginName, thirdPartyDir } from "../../plugin/registry.ts";
import { ownerOf, ownerOfProgram } from "../../setup/install/entries.ts";
import { readPlugin } from "../distribution/plugin_files.ts";
import { refuseFirstParty, writePlugins } from "../distribution/plugin_target.ts";
import { CommandFailure, type Output } from "../output.ts";
import { fromHere, subjectOf } from "./subject.ts";

export interface InstallPluginOptions {
  /** A CNI bin folder. */
  readonly entry?: string;
  /** Another that is there is replaced. */
  readonly force: boolean;
}

/** v8's part is not installed: it is JavaScript, and made anew when the plugin is allowed. */
export async function pluginInstall(dir: string, options: InstallPluginOptions, output: Output): Promise<void> {
  const { dir: built, manifest: { name, version } } = await subjectOf(dir);
  const lib = libDir();
  const plugin = await readPlugin(built, lib);
  const target = { parent: thirdPartyDir(lib), force: options.force };
  refuseFirstParty([plugin], target, lib);
  const [placed] = await writePlugins([plugin], target);
  output.line(`${name} ${version} is in ${placed!.path}${placed!.same ? ", as it was" : ""}`);
  if (options.entry !== undefined) output.line(`entry ${await makeEntry(fromHere(options.entry), name)}`);
  output.line(`it does not run before it is allowed: cnidaria plugin allow ${name}`);
}

/** Removes its folder, and its entry. What was allowed stays: `plugin revoke`. */
export async function pluginUninstall(name: string, options: { entry?: string }, output: Output): Promise<void> {
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
