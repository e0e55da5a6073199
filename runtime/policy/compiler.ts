// The component that compiles policies: found and admitted as any plugin is, and run in one instance for as long as that
// does not end by a trap or a limit.

import type { Change } from "cnidaria:cni/nftables@0.3.0";
import type { Event, Options, PlanPart, Rejection } from "cnidaria:cni/policy@0.3.0";
import { qualifiedName } from "../../host-funcs/wit/contract.ts";
import { CniFailure, failureOfPlugin, isCniError } from "../cni/failure.ts";
import type { LogLevel } from "../cni/log.ts";
import { ComponentError, type Engine, type Imports, type Instance } from "../engine/engine.ts";
import { PluginLoader, type ReadyPlugin } from "../plugin/component.ts";
import { isPluginName } from "../plugin/registry.ts";
import { Trace } from "../plugin/trace.ts";
import type { Compiler } from "./enforcer.ts";

/** What a compiler runs with. */
export interface CompilerNeeds {
  /** See `paths.ts`. */
  readonly libDir: string;
  readonly stateDir: string;
  /** One that stays open as long as the component: closing it is the caller's. */
  openEngine(): Promise<Engine>;
  log(level: LogLevel, message: string): void;
}

/** Characters of a component's line in the log. */
const MAX_LOG_LINE = 4096;
/** Of one call: no more events, and no more characters of policies unless one alone has them (it is refused beyond 512 Ki). */
const CHUNK = 500;
const CHUNK_CHARACTERS = 1024 * 1024;
/** Parts of a plan: a component that never comes to the last is ended. */
const MAX_PARTS = 100_000;

/** The component, loaded. */
export class PolicyComponent implements Disposable {
  readonly #imports: Imports;

  private constructor(
    private readonly loader: PluginLoader,
    private readonly plugin: ReadyPlugin,
    log: CompilerNeeds["log"],
  ) {
    const { name } = plugin.manifest;
    const write = (level: LogLevel, message: string) => log(level, `${name}: ${message.slice(0, MAX_LOG_LINE)}`);
    this.#imports = Object.fromEntries(plugin.interfaces.map((it) => [qualifiedName(it), { write }]));
  }

  /** @throws {Error} a sentence, where there is none of that name, or it may not run */
  static async open(name: string, { libDir, stateDir, openEngine, log }: CompilerNeeds): Promise<PolicyComponent> {
    const cannot = `Cannot use "plugin" ${JSON.stringify(name)} of the network policies' configuration as`;
    const loader = new PluginLoader(libDir, stateDir, openEngine, new Trace());
    let plugin: ReadyPlugin | undefined;
    try {
      plugin = isPluginName(name) ? await loader.load(name, "policy") : undefined;
    } catch (error) {
      const details = error instanceof CniFailure && error.details !== "" ? `; ${error.details}` : "";
      throw new Error(`${cannot} ${(error as Error).message}${details}`, { cause: error });
    }
    if (plugin === undefined) throw new Error(`${cannot} no component of that name is installed`);
    return new PolicyComponent(loader, plugin, log);
  }

  /** A fresh instance, which knows nothing. @throws {Error} a sentence */
  compiler(options: Options): PolicyCompiler {
    const { component, manifest } = this.plugin;
    return PolicyCompiler.start(manifest.name, component.instantiate(this.#imports, manifest.limits), options);
  }

  [Symbol.dispose](): void {
    this.loader.close();
  }
}

type Used = Pick<Instance, "call" | "renew" | "close">;

/** One instance. After an error it is of no use any more. */
export class PolicyCompiler implements Compiler {
  private constructor(private readonly name: string, private readonly instance: Used) {}

  /** @throws {Error} a sentence; then the instance is closed */
  static start(name: string, instance: Used, options: Options): PolicyCompiler {
    const compiler = new PolicyCompiler(name, instance);
    try {
      compiler.#call("start", [options]);
      return compiler;
    } catch (error) {
      compiler.close();
      throw error;
    }
  }

  observe(events: readonly Event[]): Rejection[] {
    const rejections: Rejection[] = [];
    for (const chunk of chunksOf(events)) {
      for (const it of this.#call("observe", [chunk]) as Rejection[]) rejections.push(it);
    }
    return rejections;
  }

  plan(): Change[] {
    const all: Change[] = [];
    for (let parts = 0; parts < MAX_PARTS; parts++) {
      const { changes, more } = this.#call("plan", []) as PlanPart;
      for (const change of changes) all.push(change);
      if (!more) return all;
    }
    throw new Error(`Cannot use the plan of ${this.name} as it has more than ${MAX_PARTS} parts`);
  }

  close(): void {
    this.instance.close();
  }

  /** Each call has the limits of its own. */
  #call(name: "start" | "observe" | "plan", args: readonly unknown[]): unknown {
    this.instance.renew();
    try {
      return this.instance.call(qualifiedName("policy"), name, args);
    } catch (error) {
      if (!(error instanceof ComponentError)) throw error;
      if (!isCniError(error.payload)) throw new Error(`the error of ${this.name} is none of CNI`);
      throw new Error(failureOfPlugin(this.name, error.payload).message, { cause: error });
    }
  }
}

function chunksOf(events: readonly Event[]): Event[][] {
  const chunks: Event[][] = [];
  let characters = 0;
  for (const event of events) {
    const size = event.tag === "policy" ? event.val.spec.length : 0;
    const last = chunks.at(-1);
    if (last === undefined || last.length === CHUNK || characters + size > CHUNK_CHARACTERS) {
      chunks.push([event]);
      characters = size;
    } else {
      last.push(event);
      characters += size;
    }
  }
  return chunks;
}
