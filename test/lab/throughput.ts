// How much gets through: iperf3 between two namespaces.

import type { Namespace } from "./namespace.ts";

const PORT = 5201;

/** Why it cannot be measured; undefined where iperf3 is installed. */
export function throughputMissing(): string | undefined {
  try {
    Deno.statSync("/usr/bin/iperf3");
    return undefined;
  } catch {
    return "needs iperf3";
  }
}

/** What arrived, and within which time. */
export interface Transfer {
  readonly bytes: number;
  readonly seconds: number;
}

/** A server that waits to be sent to, or to send. */
export class ThroughputServer implements AsyncDisposable {
  private constructor(private readonly process: Deno.ChildProcess, private readonly address: string) {}

  /** @param address one of the namespace's, by which it is reached */
  static async start(namespace: Namespace, address: string): Promise<ThroughputServer> {
    const process = namespace.start(["iperf3", "--server", "--port", String(PORT)]);
    while ((await namespace.must(["ss", "-Hltn", `sport = :${PORT}`])).trim() === "");
    return new ThroughputServer(process, address);
  }

  /**
   * Transfers bytes by TCP between the server and another namespace.
   *
   * @param direction seen from the server
   */
  async transfer(client: Namespace, direction: "receive" | "send", bytes: number): Promise<Transfer> {
    const args = ["--port", String(PORT), "--bytes", String(bytes), "--length", "8K", "--json"];
    const reverse = direction === "send" ? ["--reverse"] : [];
    const text = await client.must(["iperf3", "--client", this.address, ...args, ...reverse], { limit: 30_000 });
    return JSON.parse(text).end.sum_received;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGKILL");
    await Promise.all([this.process.stdout.cancel(), this.process.stderr.cancel(), this.process.status]);
  }
}
