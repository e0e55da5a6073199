// A folder as an installation has it (see `paths.ts`), for one test: what came with cnidaria, and the plugins under test,
// which count as having come with it.

import { firstPartyPath } from "../plugin/admission/first_party.ts";

/** A plugin that has been built. */
export interface BuiltPlugin {
  readonly name: string;
  /** Folder with plugin.wasm, plugin.json and v8/. */
  readonly dir: string;
}

/**
 * Makes the folder: symbolic links to what came with cnidaria, and copies of the plugins under test.
 *
 * @param dir an empty folder
 * @param dist of the checkout, or of the installation
 */
export function makeLibFolder(dir: string, dist: string, plugins: readonly BuiltPlugin[]): void {
  Deno.mkdirSync(`${dir}/plugins`, { recursive: true });
  for (const { name } of Deno.readDirSync(dist)) {
    if (name !== "plugins" && name !== "first_party.json") Deno.symlinkSync(`${dist}/${name}`, `${dir}/${name}`);
  }
  // Whoever writes a plugin need not be who tests it: the host trusts what is its own user's alone.
  const copies = plugins.map(({ dir: built, name }) => ({ name, dir: copyBuild(built, `${dir}/.plugins/${name}`) }));
  const folders = new Map(
    [...Deno.readDirSync(`${dist}/plugins`)].map(({ name }) => [name, `${dist}/plugins/${name}`]),
  );
  for (const copy of copies) folders.set(copy.name, copy.dir);
  const digests: Record<string, string> = {};
  for (const [name, folder] of folders) {
    Deno.symlinkSync(folder, `${dir}/plugins/${name}`);
    // The build's own list may be older than a component that a test has just built.
    digests[name] = JSON.parse(Deno.readTextFileSync(`${folder}/plugin.json`)).build.digest;
  }
  Deno.writeTextFileSync(firstPartyPath(dir), JSON.stringify(digests), { mode: 0o600 });
}

/** The files of a build, as this process's own. @returns the copy's folder */
function copyBuild(built: string, target: string): string {
  Deno.mkdirSync(target, { recursive: true, mode: 0o700 });
  Deno.chmodSync(target, 0o700);
  for (const { isDirectory, isFile, name } of Deno.readDirSync(built)) {
    if (isDirectory && name === "v8") copyBuild(`${built}/${name}`, `${target}/${name}`);
    if (!isFile) continue;
    Deno.copyFileSync(`${built}/${name}`, `${target}/${name}`);
    Deno.chmodSync(`${target}/${name}`, 0o600);
  }
  return target;
}
