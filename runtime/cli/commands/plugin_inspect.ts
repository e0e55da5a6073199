// `cnidaria plugin inspect`: what a component may ask for, by its own words, and what it is granted.

import { libDir, stateDir } from "../../paths.ts";
import { readFirstParty } from "../../plugin/admission/first_party.ts";
import { CONTRACT_VERSION, contractInterface } from "../../../host-funcs/wit/contract.ts";
import { componentNames } from "../../plugin/component_names.ts";
import { builtFor, type Mismatch, mismatchOf } from "../../plugin/contract_fit.ts";
import { grantLines } from "../../plugin/grants/schema.ts";
import { CONTRACT_NAMES, type Manifest } from "../../plugin/manifest.ts";
import { findPlugin, hasPlugin } from "../../plugin/registry.ts";
import { digestOf } from "../../setup/digest.ts";
import { limitLines } from "../allow/limits.ts";
import { shownStanding, standingLines } from "../../plugin/admission/shown_standing.ts";
import { CommandFailure, type Output, sectionLines } from "../output.ts";
import { componentOf, fromHere, isFile as isFileAt } from "../plugin/subject.ts";

/** @param name of an installed plugin, or the path of a folder with a plugin or its build, or of a .wasm file */
export async function pluginInspect(name: string, options: { json?: boolean }, output: Output): Promise<void> {
  const isFile = name.endsWith(".wasm");
  const isPath = isFile || name === "." || name.includes("/") || isPluginFolder(name);
  const plugin = isPath ? undefined : findPlugin(libDir(), name);
  if (!isPath && plugin === undefined) {
    throw new CommandFailure(`Cannot inspect as there is no such plugin, and no folder with one: ${name}`);
  }
  const folder = isPath && !isFile ? await componentOf(name) : undefined;
  const path = plugin?.file.wasmPath ?? (folder === undefined ? fromHere(name) : `${folder.dir}/plugin.wasm`);
  const bytes = await Deno.readFile(path).catch((error) => {
    throw new CommandFailure(`Cannot inspect: ${error.message}`);
  });
  const digest = await digestOf(bytes);
  const { imports, exports } = componentNames(bytes);
  const contract = builtFor([...imports, ...exports]);
  const mismatch = mismatchOf([...imports, ...exports], CONTRACT_NAMES);
  const manifest = plugin?.manifest ?? folder?.manifest;
  const standing = plugin && shownStanding(plugin, readFirstParty(libDir()), stateDir());
  const limits = standing && "permission" in standing ? standing.permission?.limits : undefined;
  const ungranted = manifest && imports.filter((each) => !isGranted(each, manifest));
  if (options.json === true) {
    return output.json({
      path,
      bytes: bytes.length,
      digest,
      contract,
      hostContract: CONTRACT_VERSION,
      mismatch,
      imports,
      exports,
      ungranted,
      manifest,
      state: standing?.state,
      limits,
    });
  }
  output.line(`component  ${path}`);
  output.line(`bytes      ${bytes.length}`);
  output.line(`sha-256    ${digest}`);
  if (manifest?.build !== undefined && manifest.build.digest !== digest) {
    output.line(`           differs from its manifest's: ${manifest.build.digest}`);
  }
  if (standing !== undefined) list("state", standingLines(standing), output);
  if (manifest?.exports === "controller") {
    output.line("kind       controller: a backend of the overlay, run by the agent");
  }
  if (manifest?.exports === "policy") output.line("kind       policy: compiles network policies, run by the agent");
  list("contract", contractLines(contract, mismatch), output);
  list("imports", imports.map((each) => `${each}${remark(each, ungranted ?? [], manifest)}`), output);
  list("exports", exports, output);
  if (manifest === undefined) return;
  list("grants", grantLines(manifest.grants), output);
  list("limits", limitLines(manifest.limits, limits ?? manifest.limits), output);
}

function contractLines(contract: string | undefined, mismatch: Mismatch | undefined): string[] {
  if (contract === undefined) return ["none: it imports and exports nothing of cnidaria:cni"];
  const line = `cnidaria:cni ${contract}; this host has ${CONTRACT_VERSION}`;
  return mismatch === undefined ? [line] : [line, `cannot run here: ${mismatch.why}`, mismatch.advice];
}

/** The key of `grants` that an interface's changes need. */
const GRANT_OF: Readonly<Record<string, keyof Manifest["grants"]>> = {
  links: "links",
  addresses: "addresses",
  neighbors: "addresses",
  routes: "routes",
  rules: "rules",
  sysctl: "sysctl",
  leases: "leases",
  delegate: "delegate",
};

/** What is missing for an import to be of use. */
function remark(imported: string, ungranted: readonly string[], manifest: Manifest | undefined): string {
  if (ungranted.includes(imported)) return "  (not granted)";
  const grant = GRANT_OF[contractInterface(imported)?.name ?? ""];
  return manifest === undefined || grant === undefined || manifest.grants[grant] !== undefined
    ? ""
    : `  (plugin.json has no grants.${grant}: it can read, and change only what the attachment made)`;
}

/** `types` and `nftables` hold no functions; the others are granted by the manifest's `imports`. */
function isGranted(imported: string, manifest: Manifest): boolean {
  const name = contractInterface(imported)?.name;
  return name === "types" || name === "nftables" || manifest.imports.some((each) => each === name);
}

function list(heading: string, values: readonly string[], output: Output): void {
  sectionLines(heading, values).forEach(output.line);
}

/** A word that is no installed plugin's name, and that of a folder with one. */
function isPluginFolder(word: string): boolean {
  return !hasPlugin(libDir(), word) && isFileAt(`${fromHere(word)}/plugin.json`);
}
