// Host calls that are made to fail. A fault comes after the grants were checked, and in place of the call.

import type { ErrorCode } from "cnidaria:cni/types@0.3.0";
import { HostCallError } from "../../host-funcs/error.ts";
import { ERROR_CODES } from "../cni/error_codes.ts";
import type { Checkpoint } from "../plugin/checkpoint.ts";
import { PluginCallError } from "../plugin/gate.ts";

/** How a call fails. */
export interface FaultOptions {
  /** Which of the calls of that function: 1, the next, unless given. */
  readonly nth?: number;
  /** `io` unless given. Calls of `ipam` and `delegate` answer CNI error 5 instead. */
  readonly code?: ErrorCode;
  readonly message?: string;
}

interface Fault {
  /** Undefined for any function. */
  readonly name: string | undefined;
  left: number;
  readonly code: ErrorCode;
  readonly message: string | undefined;
}

const BEFORE = "before ";

export class Faults {
  readonly #faults: Fault[] = [];

  /**
   * @param which the number of the call from now on, 1 for the next; or a function: `links.set`
   */
  add(which: number | string, { nth = 1, code = "io", message }: FaultOptions = {}): void {
    const [name, left] = typeof which === "number" ? [undefined, which] : [which, nth];
    if (!Number.isInteger(left) || left < 1) throw new TypeError(`A call is counted from 1: ${left}`);
    this.#faults.push({ name, left, code, message });
  }

  /** Those that have not come about are forgotten. @returns how many there were */
  clear(): number {
    return this.#faults.splice(0).length;
  }

  /** For the gate. */
  readonly checkpoint: Checkpoint = (point) => {
    if (!point.startsWith(BEFORE) || !point.includes(".")) return;
    const name = point.slice(BEFORE.length);
    // A line for the log has no error to answer.
    if (name.startsWith("log.")) return;
    const due = this.#faults.filter((fault) => (fault.name === undefined || fault.name === name) && --fault.left === 0);
    const [first] = due;
    if (first === undefined) return;
    for (const fault of due) this.#faults.splice(this.#faults.indexOf(fault), 1);
    const message = first.message ?? `Cannot do ${name} as the test made it fail`;
    if (name.startsWith("ipam.") || name.startsWith("delegate.")) {
      throw new PluginCallError({ code: ERROR_CODES.io, msg: message, details: "" });
    }
    throw new HostCallError(first.code, message);
  };
}
