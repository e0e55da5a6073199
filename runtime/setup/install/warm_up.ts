// The first call and the first agent of an installed program, which leave what Deno compiled of it for all others: a cold
// start of a CNI call takes 12 ms less with that, and an agent 25 MiB.

import { run } from "../command.ts";

/**
 * Calls VERSION, after which Deno keeps the compiled code in `<prefix>/deno-cache`; see `main.ts`.
 *
 * @param program path of the launcher
 * @returns whether it answered; without the cache everything works, only slower
 */
export async function warmUp(program: string): Promise<boolean> {
  const result = await run(program, [], { CNI_COMMAND: "VERSION" });
  return result?.code === 0;
}

/** Milliseconds that an agent has for being ready, and then for its end. */
const AGENT_LIMIT = 20_000;

/**
 * Starts an agent that nobody calls, and ends it. One that finds nothing compiled keeps what it compiles by twenty threads
 * or more, whose memory it then keeps as well.
 *
 * @param program path of the launcher
 * @returns whether it served; without the cache everything works
 */
export async function warmUpAgent(program: string, limitMs = AGENT_LIMIT): Promise<boolean> {
  const state = await Deno.makeTempDir({ prefix: "cnidaria-warm-up-" });
  const sockets = ["--socket", `${state}/agent.sock`, "--http", `${state}/http.sock`];
  const child = new Deno.Command(program, {
    args: ["agent", ...sockets, "--gc-interval", "0", "--repair-interval", "0"],
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin", CNIDARIA_STATE: state },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
  try {
    let log = "";
    let isReady = false;
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      log += text;
      if (isReady || !log.includes('"message":"ready"')) continue;
      isReady = true;
      child.kill("SIGTERM");
    }
    return isReady && (await child.status).code === 0;
  } finally {
    clearTimeout(timer);
    await child.status;
    await Deno.remove(state, { recursive: true });
  }
}
