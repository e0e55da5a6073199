// `cnidaria plugin list`: the components that are installed.

import { libDir } from "../../paths.ts";
import { findPlugin, type InstalledPlugin } from "../../plugin/registry.ts";
import { CommandFailure, type Output, table } from "../output.ts";

/** The plugins of a folder, by name. A folder that holds none is left out. */
export function installedPlugins(dir: string): InstalledPlugin[] {
  let names: string[];
  try {
    names = [...Deno.readDirSync(`${dir}/plugins`)].map((entry) => entry.name).sort();
  } catch (error) {
    throw new CommandFailure(
      `Cannot list plugins, run \`deno task setup\` in a checkout first: ${(error as Error).message}`,
    );
  }
  return names.map((name) => findPlugin(dir, name)).filter((plugin) => plugin !== undefined);
}

export function pluginList(options: { json?: boolean }, output: Output): void {
  const plugins = installedPlugins(libDir());
  if (options.json === true) {
    return output.json(plugins.map(({ manifest, file }) => ({ ...manifest, wasm: file.wasmPath })));
  }
  const rows = plugins.map(({ manifest, file }) => [
    manifest.name,
    manifest.version,
    file.digest.slice(0, 12),
    manifest.imports.join(" "),
  ]);
  for (const line of table(["PLUGIN", "VERSION", "SHA-256", "INTERFACES"], rows)) output.line(line);
}
