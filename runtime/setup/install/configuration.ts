// A network configuration that is installed together with the program, as on the nodes of a cluster. It is there last, so
// that no runtime calls what is not there yet, and goes first. What had its name is kept, and put back in the end.

import { writeAtomically } from "../../atomic_file.ts";
import { keep } from "./entries.ts";
import { makeFolder } from "./release.ts";

/** What a foreign configuration is called meanwhile; runtimes read `.conf`, `.conflist` and `.json` alone. */
const KEPT = ".orig";

/** Which files of a node's configuration folders are an installation's own: `<prefix>/configurations.json`. */
const recordOf = (prefix: string) => `${prefix}/configurations.json`;

/** What to install as a configuration. */
export interface Configuration {
  /** Path of the file; its last part is the name on the node. */
  readonly file: string;
  /** The runtime's configuration folder. */
  readonly folder: string;
}

/**
 * Reads a configuration, and looks whether it may be installed.
 *
 * @param force whether it may take the name of another's file, which is kept as NAME.orig
 * @returns its text
 * @throws {Error} where it is none, or another's file has its name
 */
export async function checkConfiguration(prefix: string, wanted: Configuration, force: boolean): Promise<string> {
  const { file } = wanted;
  const path = targetOf(wanted);
  if (!/\.(conf|conflist|json)$/.test(path)) {
    throw new Error(`Cannot install a configuration as no runtime reads a file of this name: ${file}`);
  }
  const text = await Deno.readTextFile(file).catch((error) => {
    throw new Error(`Cannot install a configuration as it cannot be read: ${file}: ${(error as Error).message}`);
  });
  try {
    JSON.parse(text);
  } catch (error) {
    throw new Error(`Cannot install a configuration as it is no JSON: ${file}: ${(error as Error).message}`);
  }
  if (!force && !(await recorded(prefix)).includes(path) && await exists(path)) {
    throw new Error(
      `Cannot install a configuration as another's file has its name: ${path} ` +
        `(--force takes the name, and keeps the file as ${path.slice(path.lastIndexOf("/") + 1)}${KEPT})`,
    );
  }
  return text;
}

/** Puts a configuration that was checked in place. */
export async function installConfiguration(prefix: string, wanted: Configuration, text: string): Promise<string> {
  const path = targetOf(wanted);
  await makeFolder(wanted.folder);
  const ours = await recorded(prefix);
  if (!ours.includes(path)) {
    if (await exists(path)) await keep(path);
    // First the record: an installation that is killed here has its configuration removed by `uninstall` all the same.
    await writeAtomically(recordOf(prefix), JSON.stringify([...ours, path]), 0o644);
  }
  await writeAtomically(path, text, 0o644);
  return path;
}

/**
 * Removes what `installConfiguration` has put there, and puts back what was there before.
 *
 * @returns paths that were removed or put back
 * @throws {Error} before anything was changed, where a folder is not there: in a container it may not be mounted
 */
export async function removeConfigurations(prefix: string): Promise<string[]> {
  const ours = await recorded(prefix);
  for (const path of ours) {
    const folder = path.slice(0, path.lastIndexOf("/"));
    if (!await exists(folder)) {
      throw new Error(`Cannot remove the network configuration as its folder is not there, mount or make it: ${path}`);
    }
  }
  for (const path of ours) {
    if (!await exists(path + KEPT)) {
      await Deno.remove(path).catch(ignoreMissing);
      continue;
    }
    await Deno.rename(path + KEPT, path);
    // rename(2) does nothing where both are one file, as an installation leaves them that was cut short.
    await Deno.remove(path + KEPT).catch(ignoreMissing);
  }
  await Deno.remove(recordOf(prefix)).catch(ignoreMissing);
  return ours;
}

function targetOf({ file, folder }: Configuration): string {
  return `${folder}/${file.slice(file.lastIndexOf("/") + 1)}`;
}

async function recorded(prefix: string): Promise<string[]> {
  try {
    return JSON.parse(await Deno.readTextFile(recordOf(prefix)));
  } catch (error) {
    ignoreMissing(error);
    return [];
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
