// What a case of the suite is, and what came of it.

import type { CniVersion } from "../cni/version.ts";
import type { Bench } from "./bench.ts";

/** Sections of CNI SPEC 1.1.0; `--only` takes the number. */
export const SECTIONS = {
  "1": "Network configuration format",
  "2": "Execution protocol",
  "3": "Execution of network configurations",
  "4": "Plugin delegation",
  "5": "Result types",
} as const;
export type Section = keyof typeof SECTIONS;

export interface Case {
  /** Starts with the section: `2.del.twice`. It never changes: lists of known failures name it. */
  readonly id: string;
  readonly title: string;
  /** What the specification wants, in a few words. */
  readonly expected: string;
  /** The first spec version it is for; 0.1.0 where not given. */
  readonly since?: CniVersion;
  /** The spec version from which on it does not apply. */
  readonly before?: CniVersion;
  /** Whether it is run with every spec version that the plugins claim, and not with the newest alone. */
  readonly each?: boolean;
  /**
   * @throws {Wrong} with what was found
   * @throws {NotApplicable} where this configuration has nothing to judge
   */
  run(bench: Bench): Promise<void>;
}

/** The plugins broke the specification; the message is what was found. */
export class Wrong extends Error {
  override readonly name = "Wrong";
}

/** The case cannot be judged here; the message is the reason. */
export class NotApplicable extends Error {
  override readonly name = "NotApplicable";
}

export interface Verdict {
  readonly id: string;
  readonly section: Section;
  readonly title: string;
  /** Spec version that the configuration asked for; missing where no version that the plugins claim fits. */
  readonly version?: CniVersion;
  readonly verdict: "pass" | "fail" | "skip";
  readonly expected: string;
  /** What was found, or why it was skipped; empty where it passed. */
  readonly found: string;
}

export function sectionOf(id: string): Section {
  return id[0] as Section;
}

/** @throws {Wrong} unless `holds` */
export function expect(holds: boolean, found: string): asserts holds {
  if (!holds) throw new Wrong(found);
}
