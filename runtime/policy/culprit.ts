// Which policy it is that ends a fresh compiler, or has its plan refused.

import type { Event } from "cnidaria:cni/policy@0.3.0";
import { Ruleset } from "../../host-funcs/firewall/ruleset/ruleset.ts";
import { compile } from "./compile.ts";
import type { Compiler } from "./enforcer.ts";

export type PolicyEvent = Extract<Event, { tag: "policy" }>;

export interface Culprit {
  readonly event: PolicyEvent;
  /** What becomes of a compiler that is told of it. */
  readonly error: Error;
}

/**
 * The first policy with which it does not go on, in an order in which those come first that have been compiled before.
 *
 * @param events of which the compiler has ended
 * @param isProven whether a policy was compiled before
 * @returns undefined where it ends without any policy too, or all goes well this time
 */
export function culpritOf(
  open: () => Compiler,
  events: readonly Event[],
  isProven: (event: PolicyEvent) => boolean,
): Culprit | undefined {
  const policies = events.filter((event) => event.tag === "policy");
  const others = events.filter(({ tag }) => tag !== "policy" && tag !== "policy-gone");
  const proven = policies.filter(isProven);
  const ordered = [...proven, ...policies.filter((event) => !isProven(event))];
  const errorOf = (count: number) => endOf(open, [...others, ...ordered.slice(0, count)]);
  if (ordered.length === 0 || errorOf(0) !== undefined) return undefined;
  let fine = 0;
  let ending = ordered.length;
  let error: Error | undefined;
  let next = proven.length;
  while (ending - fine > 1) {
    if (next <= fine || next >= ending) next = (fine + ending) >> 1;
    const end = errorOf(next);
    if (end === undefined) fine = next;
    else [ending, error] = [next, end];
  }
  // All of them were not tried here: whoever was short of time may have come to its end now.
  error ??= errorOf(ending);
  return error && { event: ordered[ending - 1]!, error };
}

function endOf(open: () => Compiler, events: readonly Event[]): Error | undefined {
  const compiler = open();
  try {
    compile(compiler, events, new Ruleset());
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    compiler.close();
  }
}
