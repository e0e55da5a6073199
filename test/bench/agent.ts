// The agent of one node.

import type { Contestant } from "./contestants.ts";
import { endProcess } from "./caller.ts";
import type { Node } from "../lab/node.ts";
import type { MemoryFigures } from "./figures.ts";

/** Milliseconds for its socket to be there. */
const START_LIMIT = 10_000;

/** No agent, and why: the contestant is left out. */
export class NoAgent extends Error {
  override readonly name = "NoAgent";
}

/** Runs until the end of its `await using` scope. */
export class Agent implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #complaint: Promise<string>;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#complaint = new Response(child.stderr).text();
    child.stdout.pipeTo(new WritableStream()).catch(() => {});
  }

  /** Starts it inside the node. @throws {NoAgent} */
  static async start({ target }: Contestant, node: Node): Promise<Agent> {
    const env = target.environment(node);
    const agent = new Agent(node.namespace.start([`${target.directory}/cnidaria`, "agent"], { env }));
    try {
      await agent.#accepts(env.CNIDARIA_SOCKET!);
      return agent;
    } catch (error) {
      await agent[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #accepts(path: string): Promise<void> {
    let ended = false;
    this.#child.status.then(() => ended = true);
    const deadline = performance.now() + START_LIMIT;
    for (;;) {
      try {
        (await Deno.connect({ transport: "unix", path })).close();
        return;
      } catch {
        if (ended) throw new NoAgent(`it ended at once: ${(await this.#complaint).trim().split("\n")[0]}`);
        if (performance.now() > deadline) throw new NoAgent(`its socket accepts nothing after ${START_LIMIT} ms`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Time on a processor so far, in the kernel's ticks: it grows if calls go through the agent. */
  ticks(): number {
    // The name, in brackets, may have spaces. utime and stime are fields 14 and 15.
    const fields = Deno.readTextFileSync(`/proc/${this.#child.pid}/stat`).replace(/^.*\) /s, "").split(" ");
    return Number(fields[11]) + Number(fields[12]);
  }

  memory(): Omit<MemoryFigures, "scenario"> {
    const text = Deno.readTextFileSync(`/proc/${this.#child.pid}/smaps_rollup`);
    const of = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(text)?.[1]);
    return { rss: of("Rss"), pss: of("Pss") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    endProcess(this.#child);
    await this.#child.status;
    await this.#complaint;
  }
}
