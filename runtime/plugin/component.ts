// A plugin that is ready to run: its component loaded, the host functions that it wants imported.

import { CniFailure } from "../cni/failure.ts";
import type { ComponentFile, Engine, LoadedComponent } from "../engine/engine.ts";
import type { Admission } from "./admission/admission.ts";
import { type FirstParty, isFirstParty, readFirstParty } from "./admission/first_party.ts";
import type { Permission } from "./admission/permission.ts";
import { componentNames } from "./component_names.ts";
import { factoriesOf, type HostFactory } from "./link.ts";
import { type ExportName, type InterfaceName, interfacesOf, type Manifest } from "./manifest.ts";
import { asPresent } from "./older_component.ts";
import { findPlugin, hasPermission, type InstalledPlugin, pluginName } from "./registry.ts";
import type { ReadyPlugins } from "./ready_plugins.ts";
import type { Trace } from "./trace.ts";

/** A plugin whose component is loaded. */
export interface ReadyPlugin {
  readonly manifest: Manifest;
  readonly component: LoadedComponent;
  /** What the component imports. */
  readonly interfaces: readonly InterfaceName[];
  readonly factories: ReadonlyMap<InterfaceName, HostFactory>;
}

/** Loads plugins for one call; each once. */
export class PluginLoader {
  readonly #ready = new Map<string, ReadyPlugin>();
  #firstParty: FirstParty | undefined;

  /**
   * @param libDir see `paths.ts`
   * @param stateDir see `paths.ts`; holds what an administrator has allowed
   * @param openEngine called at the first component
   * @param kept where the process has plugins that are ready from earlier calls
   */
  constructor(
    readonly libDir: string,
    readonly stateDir: string,
    readonly openEngine: () => Promise<Engine>,
    readonly trace: Trace,
    readonly kept?: ReadyPlugins,
  ) {}

  /**
   * Loads a plugin.
   *
   * @param wanted what it has to export
   * @returns nothing if no plugin of that type is installed
   * @throws {CniFailure | EngineError}
   */
  async load(type: string, wanted: ExportName = "cni"): Promise<ReadyPlugin | undefined> {
    const name = pluginName(type);
    const known = this.#ready.get(name) ?? this.kept?.find(name);
    if (known !== undefined) {
      checkExport(known.manifest, wanted);
      this.#ready.set(name, known);
      return known;
    }
    const installed = findPlugin(this.libDir, name);
    if (installed === undefined) return undefined;
    checkExport(installed.manifest, wanted);
    const { manifest, permission } = await this.#admit(installed);
    const engine = await this.openEngine();
    const loaded = engine.load(await this.#fileFor(engine, installed.file, permission));
    const interfaces = interfacesOf(name, loaded.imports);
    const component = asPresent(loaded, () => componentNames(Deno.readFileSync(installed.file.wasmPath)).exports);
    const missing = interfaces.find((it) => !manifest.imports.includes(it));
    if (missing !== undefined) {
      throw new CniFailure(
        "pluginInvalid",
        `Cannot run plugin ${name} as its component imports an interface that its plugin.json does not grant: ${missing}`,
      );
    }
    const factories = factoriesOf(interfaces);
    const ready = { manifest, component, interfaces, factories };
    this.#ready.set(name, ready);
    this.kept?.keep(name, ready);
    this.trace.step(`load ${name}`);
    return ready;
  }

  /** What came with the installation and has the limits of its plugin.json is the usual case: no more is loaded for it. */
  async #admit(installed: InstalledPlugin): Promise<Admission> {
    const { manifest, file: { name, digest } } = installed;
    this.#firstParty ??= readFirstParty(this.libDir);
    if (isFirstParty(this.#firstParty, name, digest) && !hasPermission(this.stateDir, name)) {
      return { manifest, permission: undefined };
    }
    const { admit } = await import("./admission/admission.ts");
    return admit(installed, this.#firstParty, this.stateDir);
  }

  /** On v8 a plugin that did not come with the installation runs what was made of it when it was allowed. */
  async #fileFor(engine: Engine, file: ComponentFile, permission: Permission | undefined): Promise<ComponentFile> {
    if (engine.name !== "v8" || permission === undefined) return file;
    const { readV8Files } = await import("./admission/v8_files.ts");
    return { ...file, v8Files: await readV8Files(this.stateDir, file.name, permission) };
  }

  /** A plugin that has been loaded; inside a component's call nothing more can be. */
  get(type: string): ReadyPlugin | undefined {
    return this.#ready.get(pluginName(type));
  }

  close(): void {
    if (this.kept === undefined) { for (const plugin of this.#ready.values()) plugin.component.close(); }
    this.#ready.clear();
  }
}

/** What each kind of component is, and what to do where another was named. */
const KINDS: Readonly<Record<ExportName, readonly [is: string, hint: string]>> = {
  cni: ["a CNI plugin", 'name it as the "type" of a network configuration'],
  controller: [
    "a controller, which the agent runs for the overlay",
    'pods are attached to the overlay by the plugin "flannel"; this name is for "Backend.Type" of the network',
  ],
  policy: [
    "a compiler of network policies, which the agent runs",
    'name it as the "plugin" of the file that `cnidaria agent --policy` reads',
  ],
};

/** What the agent runs is no plugin that a network configuration could name, nor the other way round. */
function checkExport({ name, exports }: Manifest, wanted: ExportName): void {
  if (exports === wanted) return;
  const [is, hint] = KINDS[exports];
  const [asked] = KINDS[wanted][0].split(",");
  throw new CniFailure("invalidConfig", `Cannot run ${name} as ${asked} as it is ${is}`, hint);
}

/** The names of plugins that a configuration may lead to: its IPAM plugin, and what it delegates to. */
export function delegatesOf(config: Readonly<Record<string, unknown>>, interfaces: readonly InterfaceName[]): string[] {
  const names: string[] = [];
  if (interfaces.includes("ipam")) names.push(...typeOf(config["ipam"]));
  if (interfaces.includes("delegate")) {
    // Flannel's defaults: a bridge, with host-local.
    const delegate = config["delegate"];
    const inner = typeof delegate === "object" && delegate !== null
      ? (delegate as Record<string, unknown>)["ipam"]
      : {};
    names.push(typeOf(delegate)[0] ?? "bridge", typeOf(inner)[0] ?? "host-local");
  }
  return names;
}

function typeOf(value: unknown): string[] {
  const type = typeof value === "object" && value !== null ? (value as Record<string, unknown>)["type"] : undefined;
  return typeof type === "string" && type !== "" ? [type] : [];
}
