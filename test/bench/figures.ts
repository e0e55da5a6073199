// What a run measured, as it is written to a file and shown in tables and plots.

import type { Summary } from "./statistics.ts";

export type Command = "ADD" | "DEL";

/** One command of one contestant in one scenario. */
export interface CallFigures {
  readonly scenario: string;
  readonly command: Command;
  readonly label: string;
  readonly times: Summary;
}

/** All pods at once: one command of one contestant. */
export interface BurstFigures {
  readonly scenario: string;
  readonly command: Command;
  readonly label: string;
  /** Milliseconds from the first call's start to the last one's end; the median of the rounds. */
  readonly wall: number;
  readonly times: Summary;
  readonly failures: number;
  /** Addresses that a second pod got while the first one had them. */
  readonly duplicates: number;
  /** What the first failure said. */
  readonly firstFailure?: string;
}

/** An acquire, in a process that is warm. */
export interface LeaseFigures {
  readonly held: number;
  readonly times: Summary;
}

/** An agent at the end of a scenario. KiB. */
export interface MemoryFigures {
  readonly scenario: string;
  readonly rss: number;
  readonly pss: number;
}

export interface Figures {
  readonly date: string;
  readonly kernel: string;
  readonly deno: string;
  readonly processors: number;
  readonly rounds: number;
  /** Those that were measured, in the order of the tables. */
  readonly contestants: readonly string[];
  /** The one that the others are compared with. */
  readonly base: string;
  /** Why others were not. */
  readonly missing: readonly string[];
  readonly calls: readonly CallFigures[];
  readonly bursts: readonly BurstFigures[];
  readonly leases: readonly LeaseFigures[];
  readonly memory: readonly MemoryFigures[];
}

type Key = Pick<CallFigures, "scenario" | "command" | "label">;

/** A figure of a contestant through that of another one in the same scenario; undefined where that was not measured. */
export function ratioTo<Row extends Key>(
  base: string,
  of: Row,
  rows: readonly Row[],
  figure: (row: Row) => number,
): number | undefined {
  const other = rows.find(({ scenario, command, label }) =>
    scenario === of.scenario && command === of.command && label === base
  );
  return other === undefined ? undefined : figure(of) / figure(other);
}
