// Processes that tests start. Each has a limit in time: a test that hangs would hide every test after it.

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** How a process ended, with everything that it wrote. */
export interface Outcome {
  /** Exit status; 128 + signal where a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Text for its standard input, which is empty otherwise. */
  readonly input?: string;
  /** Whether its standard input stays open, for the caller to write. */
  readonly openInput?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it sees nothing but `env`. */
  readonly clearEnv?: boolean;
  readonly cwd?: string;
  /** Milliseconds until it is killed; 30,000 where not given. */
  readonly limit?: number;
}

/**
 * Runs a program to its end.
 * @param argv the program and its arguments
 * @throws {Error} where it cannot be started, or had to be killed at its limit
 */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
  const limit = options.limit ?? 30_000;
  const child = start(argv, options);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, limit);
  try {
    const { code, stdout, stderr } = await child.output();
    if (late) throw new Error(`Cannot finish a command as its limit of ${limit} ms is over: ${argv.join(" ")}`);
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } finally {
    clearTimeout(timer);
  }
}

/** Starts a program with its input given, and leaves the waiting to the caller. */
export function start(argv: readonly string[], options: CommandOptions = {}): Deno.ChildProcess {
  const [program, ...args] = argv;
  if (program === undefined) throw new Error("Cannot start a program as no name is given: []");
  const child = new Deno.Command(program, {
    args,
    stdin: options.input === undefined && !options.openInput ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    ...(options.env ? { env: { ...options.env } } : {}),
    ...(options.cwd ? { cwd: options.cwd } : {}),
    clearEnv: options.clearEnv ?? false,
  }).spawn();
  if (options.input !== undefined) feed(child, options.input);
  return child;
}

// A program that ends before it has read its input closes the pipe: its exit status tells more than that does.
function feed(child: Deno.ChildProcess, input: string): void {
  const writer = child.stdin.getWriter();
  writer.write(encoder.encode(input)).then(() => writer.close()).catch(() => {});
}

/** Runs a program that has to succeed. Answers what it wrote on stdout. */
export async function must(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const outcome = await run(argv, options);
  if (outcome.code === 0) return outcome.stdout;
  throw new Error(
    `Cannot go on as a command failed with ${outcome.code}: ${argv.join(" ")}\n${outcome.stderr}${outcome.stdout}`,
  );
}
