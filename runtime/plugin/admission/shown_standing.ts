// How a plugin stands, for commands: they show what a CNI call would refuse.

import { type Standing, standingOf } from "./admission.ts";
import type { FirstParty } from "./first_party.ts";
import type { InstalledPlugin } from "../registry.ts";

export type ShownStanding = Standing | { readonly state: "unreadable"; readonly why: string };

export function shownStanding(plugin: InstalledPlugin, list: FirstParty, stateDir: string): ShownStanding {
  try {
    return standingOf(plugin, list, stateDir);
  } catch (error) {
    return { state: "unreadable", why: (error as Error).message };
  }
}

/** As sentences. */
export function standingLines(standing: ShownStanding): string[] {
  return [STATES[standing.state], ..."why" in standing ? [standing.why] : []];
}

const STATES: Record<ShownStanding["state"], string> = {
  "first-party": "came with cnidaria: runs without being allowed",
  "allowed": "allowed already",
  "not-allowed": "did not come with cnidaria, and is not allowed",
  "changed": "not what was allowed",
  "unreadable": "what was allowed cannot be read",
};
