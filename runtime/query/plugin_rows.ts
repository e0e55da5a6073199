// The plugins of a node, and whether each may run.

import { readFirstParty } from "../plugin/admission/first_party.ts";
import { type ShownStanding, shownStanding } from "../plugin/admission/shown_standing.ts";
import { componentNames } from "../plugin/component_names.ts";
import { builtFor, mismatchOf } from "../plugin/contract_fit.ts";
import { CONTRACT_NAMES, type Manifest } from "../plugin/manifest.ts";
import { findPlugin, installedPlugins, permissionDir } from "../plugin/registry.ts";

function pluginNames(dir: string): string[] {
  try {
    return installedPlugins(dir);
  } catch (error) {
    throw new Error(
      `Cannot list plugins, run \`deno task setup\` in a checkout first: ${(error as Error).message}`,
    );
  }
}

/** One plugin. */
export interface PluginRow {
  readonly name: string;
  /**
   * As `Standing`; `incompatible`: it was built for a contract that this host does not have; `unreadable`: what was
   * allowed cannot be read; `unusable`: the plugin itself; `not-installed`: it was allowed and is gone.
   */
  readonly state: ShownStanding["state"] | "incompatible" | "unusable" | "not-installed";
  /** Of one that would be refused. */
  readonly why?: string;
  readonly digest?: string;
  readonly path?: string;
  readonly manifest?: Manifest;
  /** Version of the contract that its component was built for. */
  readonly contract?: string;
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
      const { imports, exports } = componentNames(Deno.readFileSync(path));
      const names = [...imports, ...exports];
      const [contract, mismatch] = [builtFor(names), mismatchOf(names, CONTRACT_NAMES)];
      return {
        name,
        state: standing.state,
        ...("why" in standing && { why: standing.why }),
        ...(mismatch !== undefined && { state: "incompatible", why: `${mismatch.why}: ${mismatch.advice}` }),
        ...(contract !== undefined && { contract }),
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
