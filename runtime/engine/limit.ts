// The ends that a component comes to at a limit: told alike on both engines, and bytes counted alike.

import { EngineError, type EngineErrorKind, type Limits } from "./engine.ts";

/** The kinds of an EngineError that are limits. */
export type LimitKind = Extract<EngineErrorKind, `${string}-limit`>;

/** What a component did, and which key of plugin.json bounds it. `stack` is in bytes. */
const REASONS: Record<LimitKind, (limits: Limits, stack: string) => string> = {
  "time-limit": ({ timeMs }) => `it ran longer than its limit of ${timeMs} ms${key("timeMs")}`,
  "fuel-limit": ({ fuel }) => `it used up its limit of ${fuel} units of fuel${key("fuel")}`,
  "memory-limit": ({ memoryBytes }) =>
    `it needs more than its limit of ${memoryBytes} bytes of memory${key("memoryBytes")}`,
  "host-call-limit": ({ hostCalls }) => `it made more host calls than its limit of ${hostCalls}${key("hostCalls")}`,
  "value-limit": ({ valueBytes }) =>
    `it passed more to the host in one call than its limit of ${valueBytes} bytes${key("valueBytes")}`,
  "stack-limit": (_, stack) =>
    `it recursed deeper than its stack of ${stack} allows, which no key of plugin.json changes`,
};

function key(name: keyof Limits): string {
  return ` (limits.${name} in its plugin.json)`;
}

/**
 * The error of a component that has reached a limit.
 *
 * @param stack what the engine has of it, for a person
 */
export function limitReached(kind: LimitKind, plugin: string, limits: Limits, stack = ""): EngineError {
  return new EngineError(kind, plugin, `Cannot finish plugin ${plugin} as ${REASONS[kind](limits, stack)}`);
}

/** Counted for every value that crosses, whatever it is. */
export const VALUE_COST = 8;

/** What the values of one call may still take up; see `Limits.valueBytes`. */
export class ValueBudget {
  #left: number;

  constructor(private readonly bytes: number) {
    this.#left = bytes;
  }

  /** Begins with the next call. */
  reset(): void {
    this.#left = this.bytes;
  }

  /** @throws {ValueTooLarge} where that is more than is left */
  spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw new ValueTooLarge(`more than ${this.bytes} bytes`);
  }

  /** Looks ahead: the items of a list are not made where there is no room for them. @throws {ValueTooLarge} */
  expect(bytes: number): void {
    if (bytes > this.#left) throw new ValueTooLarge(`more than ${this.bytes} bytes`);
  }
}

/** A value from a component that goes beyond `Limits.valueBytes`. */
export class ValueTooLarge extends Error {
  override readonly name = "ValueTooLarge";
}

/** No component that jco makes has more of any of these; a limit keeps one from making thousands. */
export const MAX_CORE_INSTANCES = 64;
export const MAX_TABLES = 64;
export const MAX_MEMORIES = 8;
/** Of each table. */
export const MAX_TABLE_ELEMENTS = 100_000;
