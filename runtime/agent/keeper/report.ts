// What the keeper tells the agent: lines for its log, and numbers for its metrics.

import type { Log, LogLevel } from "../../cni/log.ts";
import type { Fields } from "../agent_log.ts";

/** What the keeper does. */
export type Duty = "recover" | "collect" | "repair";

export type Told =
  | { readonly kind: "line"; readonly level: LogLevel; readonly message: string; readonly fields: Fields }
  /** How many things a duty has done, and could not do: changes undone, things removed, differences repaired. */
  | { readonly kind: "done"; readonly duty: Duty; readonly done: number; readonly failed: number }
  /** A round of repair: how many differences are left, and how long it took. */
  | { readonly kind: "compared"; readonly differences: number; readonly seconds: number };

export class Report {
  constructor(private readonly tell: (told: Told) => void) {}

  line(level: LogLevel, message: string, fields: Fields = {}): void {
    this.tell({ kind: "line", level, message, fields });
  }

  done(duty: Duty, done: number, failed: number): void {
    if (done > 0 || failed > 0) this.tell({ kind: "done", duty, done, failed });
  }

  compared(differences: number, seconds: number): void {
    this.tell({ kind: "compared", differences, seconds });
  }

  /** The log of what runs in a duty. The agent drops lines below its level. @param fields of each line */
  log(fields: Fields = {}): Log {
    return { enabled: (level) => level !== "debug", write: (level, message) => this.line(level, message, fields) };
  }

  /** Runs a round of a duty. One that fails is told of, and comes again. */
  async attempt(duty: Duty, run: () => void | Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.line("error", (error as Error).message, { duty });
      this.done(duty, 0, 1);
    }
  }
}
