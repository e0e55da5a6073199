// The one gate that all host calls of all plugins go through: counted, bounded, checked against the grants, timed.

import { HostCallError } from "../../host-funcs/error.ts";
import { ERROR_CODES } from "../cni/error_codes.ts";
import type { HostFunction } from "../engine/engine.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { checkGrant } from "./grants/check_grant.ts";
import type { GrantScope } from "./grants/checker.ts";
import type { InterfaceName, Manifest } from "./manifest.ts";
import type { Trace } from "./trace.ts";

/** Bytes of all strings and items of all lists in the arguments of one host call. */
const MAX_ARGUMENT_SIZE = 1024 * 1024;

/** What the gate of one instance needs. */
export interface GateOptions {
  readonly manifest: Manifest;
  readonly scope: GrantScope;
  readonly trace: Trace;
  readonly checkpoint: Checkpoint;
  /** Changes written down so far. */
  mark(): number;
  /** Takes back what was written down since: a host function that failed has left nothing behind. */
  retract(mark: number): void;
}

/** Interfaces whose functions run other plugins: what those changed before they failed was made, and stays journaled. */
const RUNS_PLUGINS: ReadonlySet<InterfaceName> = new Set(["ipam", "delegate"]);

/** Wraps the functions of interfaces for one instance. */
export class Gate {
  #calls = 0;

  constructor(readonly options: GateOptions) {}

  /** @returns the same functions, guarded */
  guard(interfaceName: InterfaceName, functions: Record<string, HostFunction>): Record<string, HostFunction> {
    return Object.fromEntries(
      Object.entries(functions).map(([name, run]) => [name, this.#guardOne(interfaceName, name, run)]),
    );
  }

  #guardOne(interfaceName: InterfaceName, name: string, run: HostFunction): HostFunction {
    const { checkpoint, manifest, scope, trace, mark, retract } = this.options;
    const label = `${interfaceName}.${name}`;
    return (...args) => {
      const end = trace.hostCall(manifest.name, label, args);
      const before = mark();
      let result: unknown;
      try {
        this.#admit(label, args);
        checkGrant(manifest, interfaceName, name, args, scope);
        checkpoint(`before ${label}`);
        result = run(...args);
      } catch (error) {
        // Lines for the log have no error to answer: too many, or too long, and they are dropped.
        if (interfaceName === "log") return end({ error: describe(error) });
        if (!RUNS_PLUGINS.has(interfaceName)) retract(before);
        end({ error: describe(error) });
        throw asCniError(interfaceName, error);
      }
      end({ result });
      checkpoint(`after ${label}`);
      return result;
    };
  }

  #admit(label: string, args: readonly unknown[]): void {
    const { manifest } = this.options;
    this.#calls++;
    if (this.#calls > manifest.limits.hostCalls) {
      throw new HostCallError(
        "denied",
        `Cannot call ${label} for plugin ${manifest.name} as it has made too many host calls: ` +
          `limits.hostCalls in its plugin.json is ${manifest.limits.hostCalls}`,
      );
    }
    const size = sizeOf(args);
    if (size > MAX_ARGUMENT_SIZE) {
      throw new HostCallError(
        "invalid",
        `Cannot call ${label} for plugin ${manifest.name} as its arguments are too large: ` +
          `${size} is more than ${MAX_ARGUMENT_SIZE}`,
      );
    }
  }
}

/** The functions that run plugins answer a `cni-error`: a refusal has to come as one. */
function asCniError(interfaceName: InterfaceName, error: unknown): unknown {
  if (!RUNS_PLUGINS.has(interfaceName) || !(error instanceof HostCallError)) return error;
  return new PluginCallError({ code: ERROR_CODES.denied, msg: error.message, details: "" });
}

/** Thrown by `ipam` and `delegate`: the payload crosses into the component. */
export class PluginCallError extends Error {
  override readonly name = "PluginCallError";
  constructor(readonly payload: { code: number; msg: string; details: string }) {
    super(payload.msg);
  }
}

/** String lengths and list items, all together. */
function sizeOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (value instanceof Uint8Array) return value.length;
  if (Array.isArray(value)) return value.reduce<number>((sum, it) => sum + 1 + sizeOf(it), 0);
  if (typeof value === "object" && value !== null) return sizeOf(Object.values(value));
  return 0;
}

function describe(error: unknown): string {
  if (error instanceof HostCallError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
