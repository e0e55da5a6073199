// The frame of what compiles network policies: three functions in, the component's `policy` export out.

import type { Event, Options, PlanPart, Rejection } from "cnidaria:cni/policy@0.3.0";
import { absent } from "./absent.ts";
import { toCniError } from "./host_error.ts";

/** See the interface `policy` of the contract. Unlike a plugin it keeps what it was told from one call to the next. */
export interface PolicyFunctions {
  start(options: Options): void;
  observe(events: Event[]): Rejection[];
  plan(): PlanPart;
}

/** Makes the `policy` export. Whatever a function throws reaches the agent as an error with a code and a sentence. */
export function definePolicy({ start, observe, plan }: PolicyFunctions): PolicyFunctions {
  return {
    start: (options) => named("begin with network policies", () => start(absent(options) as Options)),
    observe: (events) => named("take in what network policies are about", () => observe(events)),
    plan: () => named("compile network policies", plan),
  };
}

function named<T>(doing: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw toCniError(error, doing);
  }
}
