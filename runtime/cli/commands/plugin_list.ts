// `cnidaria plugin list`: the components that are installed, and whether they may run.

import { libDir, stateDir } from "../../paths.ts";
import { readFirstParty } from "../../plugin/admission/first_party.ts";
import type { Manifest } from "../../plugin/manifest.ts";
import { findPlugin, permissionDir } from "../../plugin/registry.ts";
import { type ShownStanding, shownStanding } from "../allow/standing.ts";
import { CommandFailure, type Output, printable, table } from "../output.ts";

function pluginNames(dir: string): string[] {
  try {
    return [...Deno.readDirSync(`${dir}/plugins`)].map((entry) => entry.name).sort();
  } catch (error) {
    throw new CommandFailure(
      `Cannot list plugins, run \`deno task setup\` in a checkout first: ${(error as Error).message}`,
    );
  }
}

/** One plugin. */
export interface PluginRow {
  readonly name: string;
  /**
   * As `Standing`; `unreadable`: what was allowed cannot be read; `unusable`: the plugin itself; `not-installed`: it was
   * allowed and is gone.
   */
  readonly state: ShownStanding["state"] | "unusable" | "not-installed";
  /** Of one that would be refused. */
  readonly why?: string;
  readonly digest?: string;
  readonly path?: string;
  readonly manifest?: Manifest;
  /** Those that an administrator has set. */
  readonly limits?: Manifest["limits"];
}

/** Every plugin that is installed, and every one that was allowed. */
export function pluginRows(lib: string, state: string): PluginRow[] {
  const list = readFirstParty(lib);
  const rows = pluginNames(lib).map((name): PluginRow | undefined => {
    try {
      const plugin = findPlugin(lib, name);
      if (plugin === undefined) return undefined;
      const standing = shownStanding(plugin, list, state);
      const { manifest, file: { digest, wasmPath: path } } = plugin;
      return {
        name,
        state: standing.state,
        ...("why" in standing && { why: standing.why }),
        digest,
        path,
        manifest,
        ...("permission" in standing && standing.permission !== undefined && { limits: standing.permission.limits }),
      };
    } catch (error) {
      return { name, state: "unusable", why: (error as Error).message };
    }
  }).filter((row) => row !== undefined);
  const names = new Set(rows.map((row) => row.name));
  const gone = allowedNames(state).filter((name) => !names.has(name));
  return [...rows, ...gone.map((name): PluginRow => ({ name, state: "not-installed", why: "it was allowed" }))];
}

function allowedNames(state: string): string[] {
  try {
    return [...Deno.readDirSync(permissionDir(state))].map(({ name }) => /^(.*)\.json$/.exec(name)?.[1])
      .filter((name) => name !== undefined).sort();
  } catch {
    return [];
  }
}

export function pluginList(options: { json?: boolean }, output: Output): void {
  const rows = pluginRows(libDir(), stateDir());
  if (options.json === true) return output.json(rows);
  const cells = rows.map(({ name, state, digest, manifest }) =>
    [
      name,
      manifest?.version ?? "-",
      state,
      digest?.slice(0, 12) ?? "-",
      manifest?.exports ?? "-",
      manifest?.imports.join(" ") ?? "-",
    ].map(printable)
  );
  for (const line of table(["PLUGIN", "VERSION", "STATE", "SHA-256", "EXPORTS", "IMPORTS"], cells)) output.line(line);
  for (const { name, why } of rows) if (why !== undefined) output.complain(printable(`${name}: ${why}`));
}
