// A step of the set-up, and how its outcome is told: one short line each.

/** What became of a step: done now, nothing to do, or not to be had, with what serves instead and what to do. */
export interface Outcome {
  readonly state: "ok" | "skipped" | "missing";
  readonly why: string;
}

export interface Step {
  readonly name: string;
  /** @throws {Error} where going on makes no sense: a sentence that says what to do */
  run(): Promise<Outcome> | Outcome;
}

/** A writer for one line of text, without its line end. */
export type Say = (line: string) => void;

/**
 * Runs steps in order and tells the outcome of each.
 *
 * @returns false if a step failed; the ones after it are not run
 */
export async function runSteps(steps: readonly Step[], say: Say): Promise<boolean> {
  const width = Math.max(...steps.map((step) => step.name.length));
  for (const step of steps) {
    const name = step.name.padEnd(width);
    const start = performance.now();
    try {
      const { state, why } = await step.run();
      const seconds = (performance.now() - start) / 1000;
      say(`${name}  ${state.padEnd(7)}  ${why}${seconds >= 1 ? ` (${seconds.toFixed(1)} s)` : ""}`);
    } catch (error) {
      say(`${name}  failed   ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }
  return true;
}
