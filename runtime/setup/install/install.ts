// Puts cnidaria into a CNI bin folder: a release below the prefix, and entries that lead to it.

import { linkAtomically } from "../../atomic_file.ts";
import { agentsOwnPlugins } from "../../plugin/registry.ts";
import { withLock } from "../lock.ts";
import { checkConfiguration, type Configuration, installConfiguration, removeConfigurations } from "./configuration.ts";
import { foreignEntries, linkEntries, ownerOfProgram, removeEntries, removeUnfinished } from "./entries.ts";
import { launcherText } from "./launcher.ts";
import type { Places } from "./permissions.ts";
import { takeOverThirdParty } from "./third_party.ts";
import { warmUp, warmUpAgent } from "./warm_up.ts";
import { libraryFiles, makeFolder, makeRelease, type ReleaseFile, removeOldReleases } from "./release.ts";

/** What to install. */
export interface Installation extends Places {
  /** The built host, as `deno task build` makes it. */
  readonly dist: string;
  /** Plugins that are to be called by their bare name as well; `all` stands for each of them. */
  readonly dropIns: readonly string[];
  /** Whether a drop-in may take the name of another's executable, which is kept as NAME.orig. */
  readonly force: boolean;
  /** The compiled program, or the Deno executable for a launcher to start. */
  readonly executable: { readonly kind: "compiled" | "deno"; readonly path: string };
  /** The native entry; undefined where it could not be compiled. */
  readonly entry: string | undefined;
  /** A network configuration that goes with it. */
  readonly configuration?: Configuration | undefined;
}

/**
 * Installs, or installs again: calls that run on an earlier release are not disturbed.
 *
 * @returns lines that tell what was installed
 * @throws {Error} before anything was changed, where a name belongs to another's executable
 */
export async function install(wanted: Installation): Promise<string[]> {
  const { prefix, binDir, dist, executable, configuration } = wanted;
  for (const path of [prefix, binDir, wanted.stateDir, configuration?.folder ?? "/etc/cni"]) checkPath(path);
  const plugins = pluginsIn(dist);
  if (executable.kind === "deno") await checkBundle(dist);
  const dropIns = wanted.dropIns.includes("all") ? plugins : wanted.dropIns;
  const unknown = dropIns.filter((name) => !plugins.includes(name));
  if (unknown.length > 0) {
    throw new Error(
      `Cannot install drop-ins as there are no such plugins: ${unknown.join(", ")} (${plugins.join(", ")})`,
    );
  }
  await makeFolder(prefix);
  await makeFolder(binDir);
  return await withLock(`${prefix}/.lock`, () => {}, async () => {
    if (await ownerOfProgram(binDir) === "foreign") {
      throw new Error(`Cannot install as another's file has the name, move it away: ${binDir}/cnidaria`);
    }
    const foreign = (await foreignEntries(binDir, dropIns)).map((name) => `${binDir}/${name}`);
    if (foreign.length > 0 && !wanted.force) {
      throw new Error(
        `Cannot install drop-ins as another's files have their names: ${foreign.join(", ")} ` +
          "(--force takes the names, and keeps the files as NAME.orig)",
      );
    }
    const text = configuration && await checkConfiguration(prefix, configuration, wanted.force);
    await removeUnfinished(binDir);
    const files = [...libraryFiles(dist), ...programFiles(wanted)];
    const release = await makeRelease(prefix, files, (folder) => fitToProcessor(`${folder}/lib/cnidaria`));
    const others = await takeOverThirdParty(`${release}/lib/cnidaria`);
    await linkAtomically(`${release}/bin/${wanted.entry === undefined ? "host" : "entry"}`, `${binDir}/cnidaria`);
    await linkEntries(binDir, plugins, dropIns);
    await removeOldReleases(prefix);
    if (executable.kind === "deno") await warmUp(`${release}/bin/host`);
    if (executable.kind === "deno" && wanted.entry !== undefined) await warmUpAgent(`${release}/bin/host`);
    const path = configuration && await installConfiguration(prefix, configuration, text!);
    const names = ["cnidaria", ...plugins.map((plugin) => `cnidaria-${plugin}`), ...dropIns];
    return [
      executable.kind === "compiled"
        ? `installed the compiled program: ${release}/bin/host`
        : `installed a launcher, which starts Deno with the bundled host: ${release}/bin/host`,
      wanted.entry === undefined
        ? "without the native entry, which could not be compiled: each call starts the host"
        : `with the native entry, which asks an agent first, where one runs: ${release}/bin/entry`,
      `entries in ${binDir}: ${names.join(", ")}`,
      ...(path === undefined ? [] : [`network configuration: ${path}`]),
      ...others,
    ];
  });
}

/** The native entry: `bin` is beside a checkout's plugins, and beside an installation's `lib`. */
export async function findEntry(dist: string): Promise<string | undefined> {
  const installed = dist.endsWith("/lib/cnidaria");
  const path = installed ? `${dist.slice(0, -"/lib/cnidaria".length)}/bin/entry` : `${dist}/bin/entry`;
  return await Deno.stat(path).then((info) => info.isFile, () => false) ? path : undefined;
}

/** Removes what `install` put there. State stays: it holds the leases of pods that may still run. */
export async function uninstall({ prefix, binDir, stateDir }: Places): Promise<string[]> {
  if (await Deno.stat(prefix).then(() => false, () => true)) return [`there is no installation in ${prefix}`];
  return await withLock(`${prefix}/.lock`, () => {}, async () => {
    const configurations = await removeConfigurations(prefix);
    const removed = await removeEntries(binDir);
    for (const folder of ["releases", "deno-cache"]) {
      await Deno.remove(`${prefix}/${folder}`, { recursive: true }).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
    }
    // The lock's file stays: see `withLock`.
    return [
      ...configurations.map((path) => `removed the network configuration: ${path}`),
      `removed from ${binDir}: ${removed.length === 0 ? "nothing" : removed.join(", ")}`,
      `state stays in ${stateDir}`,
    ];
  });
}

/** What is executed. The launcher knows where it lies, so that it starts without looking. */
function programFiles({ prefix, stateDir, executable, entry }: Installation): ReleaseFile[] {
  const mode = 0o755;
  const host: ReleaseFile[] = executable.kind === "compiled" ? [{ path: "bin/host", source: executable.path, mode }] : [
    { path: "bin/deno", source: executable.path, mode },
    { path: "bin/host", source: (release) => launcherText({ release, places: { prefix, stateDir } }), mode },
  ];
  return entry === undefined ? host : [...host, { path: "bin/entry", source: entry, mode }];
}

/**
 * An image is built on another machine than the node: code that this processor can't run is compiled anew, once for all
 * calls. What fails is told by the call that needs it.
 */
async function fitToProcessor(libDir: string): Promise<void> {
  const { precompileComponents } = await import("../precompile.ts");
  await precompileComponents(libDir).catch(() => {});
}

/** Names of the plugins that a runtime can call. */
function pluginsIn(dist: string): string[] {
  try {
    const agents = agentsOwnPlugins(dist);
    return [...Deno.readDirSync(`${dist}/plugins`)].map((entry) => entry.name)
      .filter((name) => !agents.includes(name)).sort();
  } catch {
    throw new Error(`Cannot install as the plugins are not built, run \`deno task setup\` first: ${dist}/plugins`);
  }
}

async function checkBundle(dist: string): Promise<void> {
  if (await Deno.stat(`${dist}/cnidaria.js`).then((info) => info.isFile, () => false)) return;
  throw new Error(`Cannot install as the host is not bundled, run \`deno task setup\` first: ${dist}/cnidaria.js`);
}

function checkPath(path: string): void {
  if (!path.startsWith("/") || path === "/" || /[,\n]|\/\.\.(\/|$)/.test(path)) {
    throw new Error(`Cannot install as the path must be absolute, without commas and \`..\`: ${path}`);
  }
}
