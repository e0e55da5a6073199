// The entries in the CNI bin folder: `cnidaria` itself, a symbolic link `cnidaria-NAME` for each plugin, and, only where
// that is asked for, `NAME`: a drop-in for the executable that other networks call by that name.

import { linkAtomically } from "../../atomic_file.ts";
import { MARK } from "./launcher.ts";

const PROGRAM = "cnidaria";
/** What a foreign executable is called while a drop-in has its name. */
const KEPT = ".orig";

/** Whose an entry is: nobody's, ours, or another's. */
type Owner = "none" | "ours" | "foreign";

/** Whose the program's own entry is: ours are a link into a release, or, from earlier installations, a launcher. */
export async function ownerOfProgram(binDir: string): Promise<Owner> {
  const path = `${binDir}/${PROGRAM}`;
  const info = await Deno.lstat(path).catch(() => undefined);
  if (info === undefined) return "none";
  if (info.isSymlink) return (await Deno.readLink(path)).includes("/releases/") ? "ours" : "foreign";
  if (!info.isFile || info.size > 64 * 1024) return "foreign";
  return (await Deno.readTextFile(path)).includes(`\n${MARK}`) ? "ours" : "foreign";
}

/** Whose an entry is: ours are links to the program's own. */
export async function ownerOf(path: string): Promise<Owner> {
  const info = await Deno.lstat(path).catch(() => undefined);
  if (info === undefined) return "none";
  return info.isSymlink && await Deno.readLink(path) === PROGRAM ? "ours" : "foreign";
}

/**
 * The drop-ins that would take a foreign executable's name.
 *
 * @param names of drop-ins
 */
export async function foreignEntries(binDir: string, names: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) if (await ownerOf(`${binDir}/${name}`) === "foreign") found.push(name);
  return found;
}

/**
 * Makes the links. A foreign executable keeps its content under NAME.orig.
 *
 * @param plugins names of the plugins that are installed
 * @param dropIns names of those that are to be called by their bare name
 */
export async function linkEntries(
  binDir: string,
  plugins: readonly string[],
  dropIns: readonly string[],
): Promise<void> {
  for (const name of plugins) await linkAtomically(PROGRAM, `${binDir}/${PROGRAM}-${name}`);
  for (const name of dropIns) {
    const path = `${binDir}/${name}`;
    if (await ownerOf(path) === "foreign") {
      await keep(path);
    }
    await linkAtomically(PROGRAM, path);
  }
}

/**
 * Removes links under a temporary name, which an installation left that was killed. Called under its lock.
 */
export async function removeUnfinished(binDir: string): Promise<void> {
  for (const { name, isSymlink } of [...Deno.readDirSync(binDir)]) {
    if (!isSymlink || !/^\.[a-z0-9-]+\.[0-9a-f]{8}$/.test(name)) continue;
    const target = await Deno.readLink(`${binDir}/${name}`);
    if (target === PROGRAM || target.includes("/releases/")) await Deno.remove(`${binDir}/${name}`);
  }
}

/**
 * Keeps a foreign file under NAME.orig, for the uninstallation to put back. One that is kept there already (a package may
 * have put a newer file over our link since) becomes NAME.orig.1, or the next number that is free: nothing is lost. A hard
 * link: there is no moment in which a call finds nothing by the name.
 */
export async function keep(path: string): Promise<void> {
  const kept = await Deno.lstat(path + KEPT).catch(() => undefined);
  // The same file under both names is what an installation that was cut short leaves.
  if (kept?.ino === (await Deno.lstat(path)).ino) return;
  if (kept !== undefined) {
    let number = 1;
    while (await Deno.lstat(`${path}${KEPT}.${number}`).then(() => true, () => false)) number++;
    await Deno.rename(path + KEPT, `${path}${KEPT}.${number}`);
  }
  await Deno.link(path, path + KEPT);
}

/**
 * Removes the entries, and gives the names of drop-ins back to the executables that had them.
 *
 * @returns the names that were removed
 */
export async function removeEntries(binDir: string): Promise<string[]> {
  const removed: string[] = [];
  if (await Deno.stat(binDir).then((info) => !info.isDirectory, () => true)) return [];
  for (const { name } of [...Deno.readDirSync(binDir)]) {
    const path = `${binDir}/${name}`;
    if (name === PROGRAM || await ownerOf(path) !== "ours") continue;
    if (await ownerOf(path + KEPT) === "foreign") await Deno.rename(path + KEPT, path);
    else await Deno.remove(path);
    removed.push(name);
  }
  if (await ownerOfProgram(binDir) === "ours") {
    await Deno.remove(`${binDir}/${PROGRAM}`);
    removed.push(PROGRAM);
  }
  return removed.sort();
}
