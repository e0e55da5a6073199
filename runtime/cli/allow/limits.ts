// `--limit KEY=VALUE`: what an administrator lets a plugin use up.

import * as v from "valibot";
import { limitsSchema, type Manifest } from "../../plugin/manifest.ts";
import { CommandFailure } from "../output.ts";

/**
 * The limits that count: those of plugin.json, with the given ones in their place.
 *
 * @param given as `timeMs=5000`
 * @throws {CommandFailure} code 2
 */
export function limitsWith(declared: Manifest["limits"], given: readonly string[]): Manifest["limits"] {
  const limits: Record<string, number> = { ...declared };
  for (const text of given) {
    const [key = "", value = "", ...rest] = text.split("=");
    if (!Object.hasOwn(limitsSchema.entries, key)) {
      throw new CommandFailure(
        `Cannot set a limit as there is none of that name: ${text} (${Object.keys(limitsSchema.entries).join(", ")})`,
        2,
      );
    }
    const number = /^[0-9]+$/.test(value) && rest.length === 0 ? Number(value) : NaN;
    if (!v.is(limitsSchema, { ...limits, [key]: number })) {
      throw new CommandFailure(`Cannot set a limit as its value must be a whole number of at least 1: ${text}`, 2);
    }
    limits[key] = number;
  }
  return v.parse(limitsSchema, limits);
}

/** Each limit that counts, and what it replaces. */
export function limitLines(declared: Manifest["limits"], limits: Manifest["limits"]): string[] {
  const own: Record<string, number> = declared;
  return Object.entries(limits).map(([key, value]) =>
    value === own[key] ? `${key} ${value}` : `${key} ${value}, instead of ${own[key]} in its plugin.json`
  );
}
