// Runs a plugin's real component in a real engine against a fake host: no root, no kernel.

import type { Attachment, CniError, CniResult } from "cnidaria:cni/types@0.3.0";
import { qualifiedName } from "../../../host-funcs/wit/contract.ts";
import { ComponentError, type Imports, type LoadedComponent } from "../../../runtime/engine/engine.ts";
import { builtPlugin, chosenEngine, type EngineChoice, testEngine } from "./built.ts";
import type { FakeHost } from "./fake_host.ts";

const CNI = qualifiedName("cni");
const LIMITS = {
  memoryBytes: 64 * 1024 * 1024,
  timeMs: 10_000,
  fuel: 1_000_000_000,
  hostCalls: 1000,
  valueBytes: 1024 * 1024,
};

/** The verbs of a loaded plugin. Each call runs in an instance of its own, as in the host. */
export interface LoadedPlugin {
  /** The interfaces that the component imports: `links`, `config-files`. */
  readonly imports: readonly string[];
  /** `config` as an object; `name` and `cniVersion` are filled in. @throws {PluginError} */
  add(host: FakeHost, config: object, at?: Partial<Attachment>): CniResult;
  check(host: FakeHost, config: object, at?: Partial<Attachment>): void;
  del(host: FakeHost, config: object, at?: Partial<Attachment>): void;
  gc(host: FakeHost, config: object, valid: { containerId: string; ifname: string }[]): void;
  status(host: FakeHost, config: object): void;
}

/** The CNI error that a plugin ended with. */
export class PluginError extends Error {
  override readonly name = "PluginError";
  constructor(readonly code: number, message: string, readonly details: string) {
    super(message);
  }
}

const loaded = new Map<string, Promise<LoadedComponent>>();

/**
 * Builds the plugin in `dir` where that is needed, and loads it; once for each process.
 *
 * @param choice of the engine; CNIDARIA_ENGINE's where none is given, or the first that this machine has
 */
export async function loadPlugin(dir: string | URL, choice: EngineChoice = chosenEngine()): Promise<LoadedPlugin> {
  return verbsOf(await loadComponent(dir, choice));
}

/** The component of the plugin in `dir`, as `loadPlugin` has it. */
export function loadComponent(dir: string | URL, choice: EngineChoice = chosenEngine()): Promise<LoadedComponent> {
  const path = (dir instanceof URL ? dir.pathname : dir).replace(/\/$/, "");
  const key = `${choice} ${path}`;
  const present = loaded.get(key);
  if (present !== undefined) return present;
  const loading = load(path, choice);
  loaded.set(key, loading);
  return loading;
}

async function load(path: string, choice: EngineChoice): Promise<LoadedComponent> {
  const { name, dir, digest } = await builtPlugin(path);
  const file = { name, wasmPath: `${dir}/plugin.wasm`, digest, v8Dir: `${dir}/v8` };
  return (await testEngine(choice)).load(file);
}

/** Calls a function in a fresh instance. @throws {PluginError} */
export function callOnce(
  component: LoadedComponent,
  imports: Imports,
  interfaceName: string,
  name: string,
  args: readonly unknown[],
): unknown {
  const wanted = Object.entries(imports).filter(([name]) => component.imports.includes(name));
  const instance = component.instantiate(Object.fromEntries(wanted), LIMITS);
  try {
    return instance.call(interfaceName, name, args);
  } catch (error) {
    if (!(error instanceof ComponentError)) throw error;
    const { code, msg, details } = error.payload as CniError;
    throw new PluginError(code, msg, details);
  } finally {
    instance.close();
  }
}

function verbsOf(component: LoadedComponent): LoadedPlugin {
  const call = (host: FakeHost, verb: string, args: unknown[]) => callOnce(component, host.imports(), CNI, verb, args);
  const text = (config: object) => JSON.stringify({ cniVersion: "1.1.0", name: "net", ...config });
  const attach = (host: FakeHost, verb: string) => (config: object, at: Partial<Attachment>) => {
    host.attachment = { ...host.attachment, ...at };
    return call(host, verb, [host.attachment, text(config)]);
  };
  return {
    imports: component.imports.map((name) => name.replace(/^cnidaria:cni\/(.*)@.*$/, "$1")),
    add: (host, config, at = {}) => attach(host, "add")(config, at) as CniResult,
    check: (host, config, at = {}) => void attach(host, "check")(config, at),
    del: (host, config, at = {}) => void attach(host, "del")(config, at),
    gc: (host, config, valid) => void call(host, "gc", ["net", text(config), valid]),
    status: (host, config) => void call(host, "status", ["net", text(config)]),
  };
}

/** The CNI error that `run` ends with. @throws {Error} if it ends well, or with anything else */
export function failureOf(run: () => unknown): PluginError {
  try {
    run();
  } catch (error) {
    if (error instanceof PluginError) return error;
    throw error;
  }
  throw new Error("the plugin succeeded, an error was expected");
}
