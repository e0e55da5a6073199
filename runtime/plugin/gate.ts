// The one gate that all host calls of all plugins go through: checked against the grants, timed, taken back where they
// fail. How many there may be, and how large their arguments, is the engine's to bound: see `Limits`.

import { HostCallError } from "../../host-funcs/error.ts";
import { ERROR_CODES } from "../cni/error_codes.ts";
import type { HostFunction } from "../engine/engine.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { checkGrant } from "./grants/check_grant.ts";
import type { GrantScope } from "./grants/checker.ts";
import type { InterfaceName, Manifest } from "./manifest.ts";
import type { Trace } from "./trace.ts";

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
        checkGrant(manifest, interfaceName, name, args, scope);
        checkpoint(`before ${label}`);
        result = run(...args);
      } catch (error) {
        // A line for the log has no error to answer: one that cannot be written is dropped.
        if (interfaceName === "log") return end({ error: describe(error), thrown: error });
        if (!RUNS_PLUGINS.has(interfaceName)) retract(before);
        const thrown = asCniError(interfaceName, error);
        end({ error: describe(error), thrown });
        throw thrown;
      }
      end({ result });
      checkpoint(`after ${label}`);
      return result;
    };
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

function describe(error: unknown): string {
  if (error instanceof HostCallError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
