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
 * Makes the folder, of symbolic links.
 *
 * @param dir an empty folder
 * @param dist of the checkout, or of the installation
 */
export function makeLibFolder(dir: string, dist: string, plugins: readonly BuiltPlugin[]): void {
  Deno.mkdirSync(`${dir}/plugins`, { recursive: true });
  for (const { name } of Deno.readDirSync(dist)) {
    if (name !== "plugins" && name !== "first_party.json") Deno.symlinkSync(`${dist}/${name}`, `${dir}/${name}`);
  }
  const folders = new Map(
    [...Deno.readDirSync(`${dist}/plugins`)].map(({ name }) => [name, `${dist}/plugins/${name}`]),
  );
  for (const plugin of plugins) folders.set(plugin.name, plugin.dir);
  const digests: Record<string, string> = {};
  for (const [name, folder] of folders) {
    Deno.symlinkSync(folder, `${dir}/plugins/${name}`);
    // The build's own list may be older than a component that a test has just built.
    digests[name] = JSON.parse(Deno.readTextFileSync(`${folder}/plugin.json`)).build.digest;
  }
  Deno.writeTextFileSync(firstPartyPath(dir), JSON.stringify(digests), { mode: 0o600 });
}
