// Echo requests from one pod to another for as long as a test wants, of which none may get lost.

import { Daemon } from "./daemon.ts";
import type { Namespace } from "./namespace.ts";

/** Runs until the end of its `await using` scope. */
export class ContinuousPing implements AsyncDisposable {
  private constructor(readonly name: string, readonly daemon: Daemon) {}

  /** Five requests a second. */
  static start(from: Namespace, address: string): ContinuousPing {
    const daemon = Daemon.start(["ping", "-n", "-i", "0.2", address], from);
    return new ContinuousPing(`${from.name} to ${address}`, daemon);
  }

  /**
   * Ends it.
   * @returns how many were answered, and the sequence numbers of those that were not. One that was under way at the end
   * is not counted: the last answer is the end.
   */
  async end(): Promise<{ answered: number; lost: number[] }> {
    const log = await this.daemon.end("SIGINT");
    const answers = new Set(log.matchAll(/ bytes from .* icmp_seq=(\d+) /g).map((match) => Number(match[1])));
    const last = Math.max(0, ...answers);
    const lost = Array.from({ length: last }, (_, index) => index + 1).filter((sequence) => !answers.has(sequence));
    return { answered: answers.size, lost };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon.end("SIGINT");
  }
}
