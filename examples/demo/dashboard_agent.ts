// The agent whose dashboard the demo shows. Calls do not go through it: the demo's are a process each, as the table says.

import type { Installed } from "./installed.ts";

/** Milliseconds for it to answer. */
const START_LIMIT = 30_000;

/** Where it answers HTTP, below the demo's folder. */
export function httpSocket(root: string): string {
  return `${root}/state/http.sock`;
}

export class DashboardAgent implements AsyncDisposable {
  private constructor(private readonly child: Deno.ChildProcess, private readonly complaint: Promise<string>) {}

  /** @throws {Error} with its last words */
  static async start({ binDir, stateDir, root }: Installed): Promise<DashboardAgent> {
    await Deno.mkdir(stateDir, { recursive: true, mode: 0o700 });
    const sockets = ["--socket", `${stateDir}/agent.sock`, "--http", httpSocket(root)];
    const child = new Deno.Command(`${binDir}/cnidaria`, {
      // What a dead pod leaves is the demo's to show.
      args: ["agent", ...sockets, "--gc-interval", "0", "--repair-interval", "0"],
      env: { CNIDARIA_STATE: stateDir, NODE_NAME: "demo" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const agent = new DashboardAgent(child, new Response(child.stderr).text());
    try {
      await agent.#answers(httpSocket(root));
      return agent;
    } catch (error) {
      await agent[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #answers(path: string): Promise<void> {
    let ended = false;
    this.child.status.then(() => ended = true);
    using client = Deno.createHttpClient({ proxy: { transport: "unix", path } });
    for (const end = performance.now() + START_LIMIT; !ended && performance.now() < end;) {
      const answer = await fetch("http://localhost/healthz", { client }).catch(() => undefined);
      await answer?.body?.cancel();
      if (answer?.ok === true) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`Cannot show the dashboard as its agent does not answer`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.child.kill("SIGTERM");
    } catch {
      // It has ended by itself: Ctrl-C is for it as well.
    }
    await this.child.status;
    await this.complaint;
  }
}
