// One command of the test run, with a limit in time.

export interface Step {
  readonly name: string;
  readonly argv: readonly string[];
  /** Seconds. */
  readonly limit: number;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a step with its output going to this process's own. `timeout` ends the whole process group at the limit, so that
 * what the step has started does not live on.
 * @returns whether it succeeded, and seconds
 */
export async function runStep(step: Step, cwd: string): Promise<{ ok: boolean; why: string; seconds: number }> {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  try {
    const { code } = await new Deno.Command("timeout", {
      args: ["--kill-after=5", String(step.limit), ...step.argv],
      cwd,
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
      env: { NO_COLOR: "1", ...step.env },
    }).output();
    if (code === 0) return { ok: true, why: "", seconds: seconds() };
    const why = code === 124 || code === 137 ? `ended at its limit of ${step.limit} s` : `ended with ${code}`;
    return { ok: false, why, seconds: seconds() };
  } catch (error) {
    return { ok: false, why: `could not be started: ${(error as Error).message}`, seconds: seconds() };
  }
}
