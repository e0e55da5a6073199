// What `cnidaria plugin allow` is asked to allow, looked at before anything is written.

import { type ShownStanding, shownStanding, standingLines } from "../../plugin/admission/shown_standing.ts";
import { type FirstParty, readFirstParty } from "../../plugin/admission/first_party.ts";
import { parseNetwork } from "../../../host-funcs/ip_number.ts";
import { componentNames } from "../../plugin/component_names.ts";
import { grantLines } from "../../plugin/grants/schema.ts";
import { interfacesOf, type Manifest } from "../../plugin/manifest.ts";
import { findPlugin, type InstalledPlugin, isPluginName } from "../../plugin/registry.ts";
import { digestOf } from "../../setup/digest.ts";
import { CommandFailure, sectionLines } from "../output.ts";
import { limitLines, limitsWith } from "./limits.ts";
import { risksOf } from "./risks.ts";

export interface Request {
  readonly plugin: InstalledPlugin;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly standing: ShownStanding;
  /** Those that will count. */
  readonly limits: Manifest["limits"];
  readonly risks: readonly string[];
  /** Interfaces that plugin.json names and the component does not import. */
  readonly unused: readonly string[];
}

/**
 * @param name of a plugin in `libDir`
 * @param givenLimits see `limitsWith`
 * @throws {CommandFailure | CniFailure} if there is no such plugin, or it could not run whatever was allowed
 */
export async function requestFor(
  places: { libDir: string; stateDir: string },
  name: string,
  givenLimits: readonly string[],
): Promise<Request> {
  if (!isPluginName(name)) {
    throw new CommandFailure(`Cannot allow as this is no plugin's name: ${JSON.stringify(name)}`, 2);
  }
  const plugin = findPlugin(places.libDir, name);
  if (plugin === undefined) {
    throw new CommandFailure(`Cannot allow as there is no such plugin: ${name} (looked in ${places.libDir}/plugins)`);
  }
  const { manifest, file } = plugin;
  const list: FirstParty = readFirstParty(places.libDir);
  const bytes = await Deno.readFile(file.wasmPath);
  const digest = await digestOf(bytes);
  if (digest !== file.digest) {
    throw new CommandFailure(
      `Cannot allow ${name} as ${file.wasmPath} is another component than its plugin.json says: its SHA-256 is ${digest}, ` +
        `build.digest is ${file.digest}`,
    );
  }
  const imported = interfacesOf(name, componentNames(bytes).imports);
  const ungranted = imported.filter((it) => !manifest.imports.includes(it));
  if (ungranted.length > 0) {
    throw new CommandFailure(
      `Cannot allow ${name} as its component imports what its plugin.json does not name: ${ungranted.join(", ")}`,
    );
  }
  const bad = grantLines(manifest.grants).map((it) => it.slice(it.indexOf(" ") + 1))
    .find((it) => /^[0-9a-f.:]+\/[0-9]+$/i.test(it) && parseNetwork(it) === undefined);
  if (bad !== undefined) {
    throw new CommandFailure(`Cannot allow ${name} as a network in the grants of its plugin.json is none: ${bad}`);
  }
  return {
    plugin,
    bytes,
    standing: shownStanding(plugin, list, places.stateDir),
    limits: limitsWith(manifest.limits, givenLimits),
    risks: risksOf(manifest),
    unused: manifest.imports.filter((it) => !imported.includes(it)),
  };
}

/** What an administrator reads before the answer. */
export function requestLines({ plugin, bytes, standing, limits, risks, unused }: Request): string[] {
  const { manifest, file } = plugin;
  const lines: [string, readonly string[]][] = [
    ["plugin", [`${manifest.name} ${manifest.version}: ${manifest.description}`]],
    ["exports", [manifest.exports === "cni" ? "cni" : "controller: a backend of the overlay, run by the agent"]],
    ["component", [`${file.wasmPath} (${bytes.length} bytes)`]],
    ["sha-256", [file.digest]],
    ["state", standingLines(standing)],
    ["imports", manifest.imports],
    ["unused", unused.map((it) => `${it}: plugin.json asks for it, the component does not import it`)],
    ["grants", grantLines(manifest.grants)],
    ["limits", limitLines(manifest.limits, limits)],
    ["risks", risks],
  ];
  return lines.flatMap(([heading, values]) => sectionLines(heading, values));
}
