// The components of the plugins that come with cnidaria.

import { firstPartyPath } from "../plugin/admission/first_party.ts";
import { writeAtomically } from "../atomic_file.ts";
import type { Outcome } from "./step.ts";

/** Folders in `plugins` that hold a plugin, sorted. */
export function pluginFolders(root: string): string[] {
  const folders: string[] = [];
  for (const entry of Deno.readDirSync(`${root}/plugins`)) {
    if (entry.isDirectory && hasFile(`${root}/plugins/${entry.name}/plugin.json`)) folders.push(entry.name);
  }
  return folders.sort();
}

/** Builds the plugins whose sources changed, into `dist/plugins`, and writes the list of what came with cnidaria. */
export async function buildComponents(root: string): Promise<Outcome> {
  const names = pluginFolders(root);
  if (names.length === 0) throw new Error(`Cannot build the plugins as there are none: ${root}/plugins`);
  const { buildPlugin } = await import("../../plugins/sdk/build.ts");
  await Deno.mkdir(`${root}/dist/plugins`, { recursive: true });
  const made: string[] = [];
  const digests: Record<string, string> = {};
  for (const name of names) {
    const built = await buildPlugin(`${root}/plugins/${name}`, `${root}/dist/plugins/${name}`);
    if (built.made) made.push(built.name);
    digests[name] = built.digest;
  }
  await writeAtomically(firstPartyPath(`${root}/dist`), JSON.stringify(digests, null, 2) + "\n", 0o644);
  if (made.length === 0) return { state: "skipped", why: `${names.length} components, unchanged` };
  return { state: "ok", why: made.join(", ") };
}

function hasFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
