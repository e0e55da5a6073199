// A backend of the overlay: finds its component, runs it in the sandbox, and takes its answers apart from its failures.

import type { LocalNode, NodePlan, Peer, PeerPlan } from "cnidaria:cni/controller@0.3.0";
import { qualifiedName } from "../../host-funcs/wit/contract.ts";
import { CniFailure, failureOfPlugin, isCniError } from "../cni/failure.ts";
import type { LogLevel } from "../cni/log.ts";
import { ComponentError, type Engine, EngineError, type Imports } from "../engine/engine.ts";
import { PluginLoader, type ReadyPlugin } from "../plugin/component.ts";
import { installedControllers, isPluginName } from "../plugin/registry.ts";
import { Trace } from "../plugin/trace.ts";
import { chunksOf } from "./chunks.ts";

/**
 * - `unknown`: no controller of that name is installed, or it may not run.
 * - `config`: the controller cannot use the network's configuration, or this node: the message names the key.
 * - `failed`: it trapped, reached a limit, or gave an answer that the contract does not allow. It may do better next time.
 */
export type ControllerErrorKind = "unknown" | "config" | "failed";

/** What a controller cannot do. The message is a sentence for a person. */
export class ControllerError extends Error {
  override readonly name = "ControllerError";
  constructor(readonly kind: ControllerErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** What a controller runs with. */
export interface ControllerNeeds {
  /** See `paths.ts`. */
  readonly libDir: string;
  readonly stateDir: string;
  /** One that stays open as long as the controller: closing it is the caller's. */
  openEngine(): Promise<Engine>;
  log(level: LogLevel, message: string): void;
}

/** Characters of a controller's line in the log. */
const MAX_LOG_LINE = 4096;

/**
 * Runs a controller. Each call of the component has an instance of its own, with limits of its own: so none is left over
 * from a call that failed, and what a controller may use up does not depend on how long the agent runs.
 */
export class Controller implements Disposable {
  readonly #loader: PluginLoader;
  readonly #plugin: ReadyPlugin;
  readonly #imports: Imports;

  private constructor(loader: PluginLoader, plugin: ReadyPlugin, log: ControllerNeeds["log"]) {
    this.#loader = loader;
    this.#plugin = plugin;
    const write = (level: LogLevel, message: string) => log(level, `${this.name}: ${message.slice(0, MAX_LOG_LINE)}`);
    this.#imports = Object.fromEntries(plugin.interfaces.map((name) => [qualifiedName(name), { write }]));
  }

  /**
   * Finds a controller, by the rules that admit any plugin, and loads it.
   *
   * @param type `Backend.Type` of the network; case does not matter, as in Flannel
   * @throws {ControllerError} `unknown`
   */
  static async open(type: string, { libDir, stateDir, openEngine, log }: ControllerNeeds): Promise<Controller> {
    const name = type.toLowerCase();
    const loader = new PluginLoader(libDir, stateDir, openEngine, new Trace());
    let plugin: ReadyPlugin | undefined;
    try {
      plugin = isPluginName(name) ? await loader.load(name, "controller") : undefined;
    } catch (error) {
      throw unknown(type, libDir, (error as Error).message, error);
    }
    if (plugin === undefined) throw unknown(type, libDir, "no controller of that name is installed");
    return new Controller(loader, plugin, log);
  }

  /** As it is installed: what peers have to have as the type of their backend. */
  get name(): string {
    return this.#plugin.manifest.name;
  }

  /**
   * What this node needs, whoever the others are.
   *
   * @param network net-conf.json
   * @throws {ControllerError} `config` or `failed`
   */
  prepare(network: string, node: LocalNode): NodePlan {
    return this.#call("prepare", [network, node]) as NodePlan;
  }

  /**
   * A plan for each peer, in their order. Any number: they are asked for in parts.
   *
   * @throws {ControllerError} `config` or `failed`
   */
  reconcile(network: string, node: LocalNode, peers: readonly Peer[]): PeerPlan[] {
    const plans: PeerPlan[] = [];
    for (const chunk of chunksOf(peers, this.#plugin.manifest.limits)) {
      const answer = this.#call("reconcile", [network, node, chunk]) as PeerPlan[];
      if (answer.length !== chunk.length) {
        throw this.#failed(`it answered ${answer.length} plans for ${chunk.length} nodes`);
      }
      for (const plan of answer) plans.push(plan);
    }
    return plans;
  }

  /**
   * Does ahead, while there is nothing to do, what the next call would begin with: to be called after an answer has been
   * used. It saves half of what a call for one peer takes, where the engine can.
   */
  prepareNext(): void {
    this.#plugin.component.prepare?.();
  }

  [Symbol.dispose](): void {
    this.#loader.close();
  }

  #call(name: "prepare" | "reconcile", args: readonly unknown[]): unknown {
    const { component, manifest } = this.#plugin;
    try {
      const instance = component.instantiate(this.#imports, manifest.limits);
      try {
        return instance.call(qualifiedName("controller"), name, args);
      } finally {
        instance.close();
      }
    } catch (error) {
      throw this.#errorOf(error);
    }
  }

  #errorOf(error: unknown): ControllerError {
    if (error instanceof EngineError) return new ControllerError("failed", error.message, { cause: error });
    if (!(error instanceof ComponentError)) return this.#failed(error instanceof Error ? error.message : String(error));
    if (!isCniError(error.payload)) return this.#failed("its error is none of CNI");
    const { message, details } = failureOfPlugin(this.name, error.payload);
    return new ControllerError("config", message, { cause: details });
  }

  #failed(why: string): ControllerError {
    return new ControllerError("failed", `Cannot use controller ${this.name} as ${why}`);
  }
}

function unknown(type: string, libDir: string, why: string, cause?: unknown): ControllerError {
  const names = installedControllers(libDir);
  const known = names.length === 0 ? "none is installed" : `installed are ${names.join(", ")}`;
  const details = cause instanceof CniFailure && cause.details !== "" ? ` (${cause.details})` : "";
  return new ControllerError(
    "unknown",
    `Cannot use the network's "Backend.Type" ${JSON.stringify(type)}: ${why}${details}; ${known}`,
    { cause },
  );
}
