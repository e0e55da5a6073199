// The agent of the DaemonSet by itself: neither an overlay nor policies, and HTTP at a socket that the test can reach.

import type { BundleProcess } from "../lab/oci_bundle.ts";
import { type ClusterNode, withArgs } from "./node_of_cluster.ts";

export const DAEMONSET = "base/manifests/daemonset.yaml";
const HTTP = "/run/cnidaria/http.sock";

export class RunningAgent {
  private constructor(
    private readonly node: ClusterNode,
    private readonly child: Deno.ChildProcess,
    private readonly log: Promise<string>,
  ) {}

  /** @param change what is other than in the manifest @throws {Error} where it is not ready in time, with its log */
  static async start(
    node: ClusterNode,
    change: (process: BundleProcess) => Partial<BundleProcess> = () => ({}),
    level = "info",
  ): Promise<RunningAgent> {
    const child = await node.start(DAEMONSET, "agent", (it) => ({
      ...withArgs("agent", `--http=${HTTP}`)(it),
      env: [...it.env, `CNIDARIA_LOG_LEVEL=${level}`],
      ...change(it),
    }));
    child.stdout.pipeTo(new WritableStream()).catch(() => {});
    const agent = new RunningAgent(node, child, new Response(child.stderr).text());
    for (let tries = 0; tries < 300; tries++) {
      if (await agent.#get("/readyz") !== undefined) return agent;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`The agent is not ready in time: ${await agent.end()}`);
  }

  async metrics(): Promise<string> {
    return await this.#get("/metrics") ?? "";
  }

  /** Ends it. @returns its log */
  async end(): Promise<string> {
    this.child.kill("SIGTERM");
    await this.child.status;
    return await this.log;
  }

  async #get(path: string): Promise<string | undefined> {
    try {
      using client = Deno.createHttpClient({ proxy: { transport: "unix", path: this.node.host.path(HTTP) } });
      const response = await fetch(`http://agent${path}`, { client });
      const text = await response.text();
      return response.ok ? text : undefined;
    } catch {
      return undefined;
    }
  }
}
