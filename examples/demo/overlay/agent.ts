// The agent of one node of the demo, and the calls that go through it.

import type { Installed } from "../installed.ts";
import type { DemoNode } from "./network.ts";

/** Milliseconds for an agent to have its subnet. */
const START_LIMIT = 30_000;

export class NodeAgent implements AsyncDisposable {
  #child: Deno.ChildProcess | undefined;
  readonly #complaint: Promise<string>;

  private constructor(
    readonly installed: Installed,
    readonly node: DemoNode,
    readonly folder: string,
    child: Deno.ChildProcess,
  ) {
    this.#child = child;
    this.#complaint = new Response(child.stderr).text();
  }

  /**
   * Starts it, and waits until it has taken a subnet.
   *
   * @param folder for what the node keeps; below /run, where an agent may write
   * @param store folder of the cluster's state, shared by all nodes
   * @throws {Error} with the agent's last words
   */
  static async start(installed: Installed, node: DemoNode, folder: string, store: string): Promise<NodeAgent> {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    const cluster = {
      node: node.name,
      store: { type: "static", directory: store },
      interface: "eth0",
      subnetFile: `${folder}/subnet.env`,
    };
    await Deno.writeTextFile(`${folder}/cluster.json`, JSON.stringify(cluster));
    const words = ["agent", "--http", `${folder}/http.sock`, "--cluster", `${folder}/cluster.json`];
    const child = inside(installed, node, folder, words).spawn();
    const agent = new NodeAgent(installed, node, folder, child);
    try {
      await agent.#hasSubnet();
      return agent;
    } catch (error) {
      await agent[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Its pods' subnet, CIDR notation with the gateway's address. */
  get subnet(): string {
    return /^FLANNEL_SUBNET=(.*)$/m.exec(Deno.readTextFileSync(`${this.folder}/subnet.env`))?.[1] ?? "";
  }

  /** Runs `cnidaria` on the node. @throws {Error} with what it complains of */
  async run(words: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await inside(this.installed, this.node, this.folder, words).output();
    const text = new TextDecoder().decode(stdout);
    if (code !== 0) throw new Error(`${new TextDecoder().decode(stderr)}${text}`.trim());
    return text.trim();
  }

  async #hasSubnet(): Promise<void> {
    let ended = false;
    this.#child!.status.then(() => ended = true);
    for (const end = performance.now() + START_LIMIT; !ended && performance.now() < end;) {
      if (await Deno.stat(`${this.folder}/subnet.env`).then(() => true, () => false)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const log = await this.end();
    throw new Error(`the agent of ${this.node.name} has no subnet: ${log.trim().split("\n").at(-1)}`);
  }

  /** @returns its log */
  async end(): Promise<string> {
    const child = this.#child;
    this.#child = undefined;
    try {
      child?.kill("SIGTERM");
    } catch {
      // It has ended by itself.
    }
    await child?.status;
    return await this.#complaint;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

function inside(installed: Installed, { netns }: DemoNode, folder: string, words: readonly string[]): Deno.Command {
  return new Deno.Command("nsenter", {
    args: [`--net=${netns}`, "--", `${installed.binDir}/cnidaria`, ...words],
    env: { CNIDARIA_STATE: `${folder}/state`, CNIDARIA_SOCKET: `${folder}/agent.sock` },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}
