// The agent of one node.

import type { Target } from "./cni_call.ts";
import type { Node } from "./node.ts";

/** Milliseconds for it to be ready. */
const START_LIMIT = 30_000;

/** How it is started, where that is not as usual. */
export interface AgentStart {
  /** Variables beside those of the target. */
  readonly env?: Readonly<Record<string, string>>;
  /** A listening socket of this process, which it inherits as a service manager hands it over. */
  readonly listener?: number;
  /** It is enough that it answers: something keeps it from being ready. */
  readonly unready?: boolean;
}

/** Takes the descriptor $0 over as sd_listen_fds(3) has it, and becomes the program. */
const HAND_OVER = 'exec 3<&"$0"; eval "exec $0>&-"; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"';

/** No agent, and why: the contestant is left out. */
export class NoAgent extends Error {
  override readonly name = "NoAgent";
}

/** Runs until the end of its `await using` scope. */
export class Agent implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #complaint: Promise<string>;
  readonly #http: string;

  private constructor(child: Deno.ChildProcess, http: string) {
    this.#child = child;
    this.#http = http;
    this.#complaint = new Response(child.stderr).text();
    child.stdout.pipeTo(new WritableStream()).catch(() => {});
  }

  /** Starts it inside the node, where the target's calls look for it. @throws {NoAgent} */
  static async start(
    target: Target,
    node: Node,
    options: readonly string[] = [],
    how: AgentStart = {},
  ): Promise<Agent> {
    const env = { ...target.environment(node), ...how.env };
    const program = [`${target.directory}/cnidaria`, "agent", "--http", httpSocket(node), ...options];
    const argv = how.listener === undefined ? program : ["bash", "-c", HAND_OVER, String(how.listener), ...program];
    const agent = new Agent(node.namespace.start(argv, { env }), httpSocket(node));
    try {
      await agent.#answers(how.unready !== true);
      return agent;
    } catch (error) {
      await agent[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #answers(ready: boolean): Promise<void> {
    let ended = false;
    this.#child.status.then(() => ended = true);
    const deadline = performance.now() + START_LIMIT;
    for (let answer = "";;) {
      try {
        const { status, text } = await this.get("/readyz");
        if (status === 200 || !ready) return;
        answer = text.trim();
      } catch {
        if (ended) throw new NoAgent(`it ended at once: ${(await this.#complaint).trim().split("\n")[0]}`);
      }
      if (performance.now() > deadline) throw new NoAgent(`it is not ready after ${START_LIMIT} ms: ${answer}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Time on a processor so far, in the kernel's ticks: it grows if calls go through the agent. */
  ticks(): number {
    // The name, in brackets, may have spaces. utime and stime are fields 14 and 15.
    const fields = Deno.readTextFileSync(`/proc/${this.#child.pid}/stat`).replace(/^.*\) /s, "").split(" ");
    return Number(fields[11]) + Number(fields[12]);
  }

  /** Kilobytes. */
  memory(): { readonly rss: number; readonly pss: number } {
    const text = Deno.readTextFileSync(`/proc/${this.#child.pid}/smaps_rollup`);
    const of = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(text)?.[1]);
    return { rss: of("Rss"), pss: of("Pss") };
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** What it answers to GET over HTTP. */
  async get(path: string): Promise<{ status: number; text: string }> {
    using client = Deno.createHttpClient({ proxy: { transport: "unix", path: this.#http } });
    const response = await fetch(`http://agent${path}`, { client });
    return { status: response.status, text: await response.text() };
  }

  /** Sends a signal, and waits for the end. @returns how it ended, and its log */
  async end(signal: Deno.Signal = "SIGTERM"): Promise<{ code: number; log: string }> {
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended by itself.
    }
    const { code } = await this.#child.status;
    return { code, log: await this.#complaint };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

function httpSocket(node: Node): string {
  return `${node.directory}/http.sock`;
}
