// Programs that the suite starts: each has a limit in time.

/** How a program ended, with everything that it wrote. */
export interface Outcome {
  /** Exit status; 128 + signal where a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether it was killed at its limit. */
  readonly late: boolean;
}

/** Milliseconds for one call of a plugin. */
export const CALL_LIMIT_MS = 30_000;

/**
 * Runs a program to its end.
 *
 * @param env all that it sees
 * @param input for standard input
 */
export async function runProgram(
  argv: readonly [string, ...string[]],
  env: Record<string, string>,
  input = "",
  limitMs = CALL_LIMIT_MS,
): Promise<Outcome> {
  const [program, ...args] = argv;
  // A process group of its own: at the limit everything that it has started ends as well, or its output would never end.
  const child = new Deno.Command("setsid", {
    args: [program, ...args],
    env,
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    killGroup(child.pid);
  }, limitMs);
  const writer = child.stdin.getWriter();
  // A plugin may end without reading: its answer says more than the broken pipe.
  const written = writer.write(new TextEncoder().encode(input)).then(() => writer.close()).catch(() => {});
  try {
    const { code, stdout, stderr } = await child.output();
    await written;
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr), late };
  } finally {
    clearTimeout(timer);
  }
}

/** @param leader of a process group, as what setsid(1) starts is: whoever starts it is none, so that it does not fork */
function killGroup(leader: number): void {
  new Deno.Command("sh", { args: ["-c", `kill -9 -${leader}`], stderr: "null" }).outputSync();
}

/** The environment without anything of the CNI protocol: a caller's own must not reach a plugin. */
export function plainEnvironment(): Record<string, string> {
  return Object.fromEntries(Object.entries(Deno.env.toObject()).filter(([name]) => !name.startsWith("CNI_")));
}

/** What a program said, cut to what fits a line. */
export function said({ code, stdout, stderr, late }: Outcome): string {
  const text = `${stdout} ${stderr}`.replaceAll(/\s+/g, " ").trim();
  return `${late ? "killed at its limit" : `exit code ${code}`}: ${text.slice(0, 300) || "no output"}`;
}
