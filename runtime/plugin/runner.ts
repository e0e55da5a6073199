// Runs one verb of one plugin in a fresh instance, and what it delegates to.

import type { Attachment, AttachmentId, CniResult, Ns, ResultIp } from "cnidaria:cni/types@0.3.0";
import { HostCallError } from "../../host-funcs/error.ts";
import { qualifiedName } from "../../host-funcs/wit/contract.ts";
import type { CniParameters } from "../cni/environment.ts";
import { CniFailure, failureOfPlugin, isCniError } from "../cni/failure.ts";
import {
  ComponentError,
  EngineError,
  type EngineErrorKind,
  type HostFunction,
  type Instance,
} from "../engine/engine.ts";
import type { ErrorCodeName } from "../cni/error_codes.ts";
import type { LogLevel } from "../cni/log.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { PluginLoader, ReadyPlugin } from "./component.ts";
import { createDelegate, createIpam } from "./delegate.ts";
import { Gate } from "./gate.ts";
import type { CallContext } from "./host_context.ts";
import { linkImports } from "./link.ts";
import type { InterfaceName } from "./manifest.ts";
import type { Trace } from "./trace.ts";

export type Verb = "add" | "check" | "del" | "gc" | "status";

/** Where the changes of an attachment are kept; see `transaction`. */
export interface ChangeLog {
  /** Changes written down so far. */
  mark(): number;
  /** Forgets the changes since: they were not made. */
  retract(mark: number): void;
  /** The changes since are to be undone when the call ends: the delegate that made them has failed. */
  abandon(mark: number): void;
  /** Whether the attachment made the link of that name, in this call or in the one that attached it. */
  madeLink(ns: Ns, name: string): boolean;
}

/** What the plugins of one call run with. */
export interface RunnerOptions {
  readonly parameters: CniParameters;
  readonly network: string;
  /** Whether the container's namespace still exists. */
  readonly hasNetns: boolean;
  readonly context: CallContext;
  readonly changes: ChangeLog;
  readonly loader: PluginLoader;
  readonly trace: Trace;
  readonly checkpoint: Checkpoint;
  /** Variables of the caller, where it is another process. */
  readonly environment?: ReadonlyMap<string, string> | undefined;
  /** The journal that this call holds locked, if it does. */
  readonly lockFile?: string;
  /** Addresses that the ledger has for the attachment. */
  ips(): readonly ResultIp[];
  /** GC only. */
  readonly valid: readonly AttachmentId[];
  log(level: LogLevel, message: string): void;
}

/** Characters of a plugin's line in the log. */
const MAX_LOG_LINE = 4096;
const CNI_INTERFACE = qualifiedName("cni");

/** Engine failures by the code that is answered. */
const ENGINE_CODES: Record<EngineErrorKind, ErrorCodeName> = {
  "bad-component": "badComponent",
  "trap": "trap",
  "time-limit": "timeLimit",
  "fuel-limit": "fuelLimit",
  "memory-limit": "memoryLimit",
  "host-call-limit": "hostCallLimit",
  "value-limit": "valueLimit",
  "stack-limit": "stackLimit",
  "host-failure": "hostFailure",
};

/**
 * How deep plugins may run each other: Flannel, bridge and host-local are three. Each takes a part of the thread's stack,
 * see `STACK_BYTES` of the wasmtime engine.
 */
const MAX_DEPTH = 4;

/** Runs plugins for one call. */
export class Runner {
  /** An executable that ran on behalf of a plugin has failed: the ledger knows nothing of what it holds. */
  delegateFailed = false;
  /** How to take back what executables have added; the transaction cannot. */
  readonly added: (() => void)[] = [];
  /** The plugins that run now, each run by the one before it. */
  readonly #running: string[] = [];

  constructor(readonly options: RunnerOptions) {}

  /**
   * Runs a verb.
   *
   * @param config the plugin's configuration
   * @returns the result of `add`, else nothing
   * @throws {CniFailure}
   */
  run(
    plugin: ReadyPlugin,
    verb: Verb,
    config: Readonly<Record<string, unknown>>,
    prevResult: CniResult | undefined,
  ): CniResult | undefined {
    const name = plugin.manifest.name;
    if (this.#running.length >= MAX_DEPTH) throw tooDeep([...this.#running, name]);
    this.#running.push(name);
    try {
      return this.#runOne(plugin, verb, config, prevResult);
    } finally {
      this.#running.pop();
    }
  }

  #runOne(
    plugin: ReadyPlugin,
    verb: Verb,
    config: Readonly<Record<string, unknown>>,
    prevResult: CniResult | undefined,
  ): CniResult | undefined {
    const { context, trace } = this.options;
    const name = plugin.manifest.name;
    return context.withConfig(config, () => {
      try {
        const instance = plugin.component.instantiate(
          this.#imports(plugin, config, prevResult),
          plugin.manifest.limits,
        );
        trace.step(`instantiate ${name}`);
        try {
          return this.#call(instance, name, verb, this.#arguments(verb, config, prevResult));
        } finally {
          instance.close();
        }
      } catch (error) {
        throw failureOf(name, error);
      }
    });
  }

  #call(instance: Instance, name: string, verb: Verb, args: readonly unknown[]): CniResult | undefined {
    const { trace } = this.options;
    const end = trace.verb(name, verb, args);
    try {
      const result = instance.call(CNI_INTERFACE, verb, args) as CniResult | undefined;
      trace.step(`${verb} ${name}`, instance.fuelUsed());
      end({ result });
      return result;
    } catch (error) {
      end({ thrown: error });
      throw error;
    }
  }

  /** Calls DEL of every executable that has added something, the last first: the call they took part in failed. */
  undoDelegates(): void {
    for (const del of this.added.splice(0).reverse()) {
      try {
        del();
      } catch (error) {
        this.options.log("warn", `DEL of a delegate after a failed ADD: ${(error as Error).message}`);
      }
    }
  }

  #arguments(
    verb: Verb,
    config: Readonly<Record<string, unknown>>,
    prevResult: CniResult | undefined,
  ): readonly unknown[] {
    const { hasNetns, network, parameters, valid } = this.options;
    const { prevResult: _, "cni.dev/valid-attachments": _valid, "cni.dev/attachments": _old, ...own } = config;
    const text = JSON.stringify(own);
    if (verb === "gc") return [network, text, valid];
    if (verb === "status") return [network, text];
    const attachment: Attachment = {
      containerId: parameters.containerId,
      ifname: parameters.ifname,
      network,
      hasNetns,
      args: parameters.args.map(([key, value]) => [key, value]),
      ...(prevResult !== undefined && { prevResult }),
    };
    return [attachment, text];
  }

  #imports(plugin: ReadyPlugin, config: Readonly<Record<string, unknown>>, prevResult: CniResult | undefined) {
    const { changes, checkpoint, context, parameters, trace, valid } = this.options;
    const ips: ResultIp[] = [...prevResult?.ips ?? []];
    const gate = new Gate({
      manifest: plugin.manifest,
      trace,
      checkpoint,
      scope: {
        ifname: parameters.ifname,
        config,
        command: parameters.command,
        madeLink: (ns, name) => changes.madeLink(ns, name),
        ips: () => [...ips, ...this.options.ips()],
        resultLinks: hostLinksOf(prevResult),
        valid,
      },
      mark: () => changes.mark(),
      retract: (mark) => changes.retract(mark),
    });
    const functions = new Map<InterfaceName, Record<string, HostFunction>>();
    const seen = (result: CniResult) => void ips.push(...result.ips);
    for (const name of plugin.interfaces) functions.set(name, this.#functions(plugin, name, context, seen));
    return linkImports(gate, functions);
  }

  #functions(
    plugin: ReadyPlugin,
    name: InterfaceName,
    context: CallContext,
    seen: (result: CniResult) => void,
  ): Record<string, HostFunction> {
    if (name === "ipam") return createIpam(this, seen) as unknown as Record<string, HostFunction>;
    if (name === "delegate") return createDelegate(this, seen) as unknown as Record<string, HostFunction>;
    if (name === "log") {
      return {
        write: (level: LogLevel, message: string) =>
          this.options.log(level, `${plugin.manifest.name}: ${message.slice(0, MAX_LOG_LINE)}`),
      };
    }
    return plugin.factories.get(name)?.(context) ?? {};
  }
}

function hostLinksOf(result: CniResult | undefined): string[] {
  return (result?.interfaces ?? []).filter(({ sandbox }) => sandbox.tag === "host").map(({ name }) => name);
}

/** A plugin that runs itself, or plugins that run each other in a circle. */
function tooDeep(names: readonly string[]): CniFailure {
  return new CniFailure(
    "stackLimit",
    `Cannot run plugin ${names.at(-1)} as plugins run each other more than ${MAX_DEPTH} deep: ${names.join(" -> ")}`,
    'look for a circle in "ipam.type" and "delegate" of the network configuration',
  );
}

/** What ended a plugin's verb, as the error that the runtime gets. */
function failureOf(plugin: string, error: unknown): CniFailure {
  if (error instanceof CniFailure) return error;
  if (error instanceof ComponentError) {
    if (isCniError(error.payload)) return failureOfPlugin(plugin, error.payload);
    return new CniFailure("pluginFailed", `Cannot use the error of plugin ${plugin} as it is no CNI error`);
  }
  if (error instanceof EngineError) return new CniFailure(ENGINE_CODES[error.kind], error.message);
  if (error instanceof HostCallError) return new CniFailure("hostFailure", error.message);
  return new CniFailure(
    "internal",
    `Cannot run plugin ${plugin} as the host failed: ${error instanceof Error ? error.message : String(error)}`,
  );
}
