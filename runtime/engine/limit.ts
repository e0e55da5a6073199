// The ends that a component comes to at a limit: told alike on both engines, and bytes counted alike.

import { EngineError, type EngineErrorKind, type Limits } from "./engine.ts";

/** The kinds of an EngineError that are limits. */
export type LimitKind = Extract<EngineErrorKind, `${string}-limit`>;

/** What a component did; which limit that is, by its key and value. */
const REASONS: Record<Exclude<LimitKind, "stack-limit">, [did: string, key: keyof Limits, unit: string]> = {
  "time-limit": ["it ran longer", "timeMs", " ms"],
  "fuel-limit": ["it used more fuel", "fuel", " units"],
  "memory-limit": ["it needs more memory", "memoryBytes", " bytes"],
  "host-call-limit": ["it made more host calls", "hostCalls", ""],
  "value-limit": ["it passed more to the host in one call", "valueBytes", " bytes"],
};

/**
 * The error of a component that has reached a limit.
 *
 * @param stack what the engine has of it, for a person
 */
export function limitReached(kind: LimitKind, plugin: string, limits: Limits, stack = ""): EngineError {
  return new EngineError(kind, plugin, `Cannot finish plugin ${plugin} as ${reason(kind, plugin, limits, stack)}`);
}

function reason(kind: LimitKind, plugin: string, limits: Limits, stack: string): string {
  if (kind === "stack-limit") return `it recursed deeper than its stack of ${stack} allows, which no setting changes`;
  const [did, key, unit] = REASONS[kind];
  return `${did} than its limit of ${limits[key]}${unit} (limits.${key} in its plugin.json; ` +
    `\`cnidaria plugin allow ${plugin} --limit ${key}=N\` sets another)`;
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
