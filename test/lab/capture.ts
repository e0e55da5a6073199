// What passes an interface, as tcpdump prints it.

import { Daemon } from "./daemon.ts";
import type { Namespace } from "./namespace.ts";

const PROGRAM = "/usr/bin/tcpdump";

/** Why nothing can be captured; undefined where tcpdump is installed. */
export function captureMissing(): string | undefined {
  try {
    Deno.statSync(PROGRAM);
    return undefined;
  } catch {
    return "needs tcpdump";
  }
}

export class Capture implements AsyncDisposable {
  readonly #daemon: Daemon;

  private constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  /**
   * Captures from now on.
   * @param filter pcap-filter(7)
   * @param as what tcpdump takes the packets' payload for, whatever their port: `vxlan`
   */
  static async start(namespace: Namespace, link: string, filter: string, as?: string): Promise<Capture> {
    const type = as === undefined ? [] : ["-T", as];
    const argv = [PROGRAM, "-i", link, "-n", "-l", "-U", "--immediate-mode", ...type, filter];
    const daemon = Daemon.start(argv, namespace);
    await daemon.until("it listens", () => daemon.log.includes("listening on"));
    return new Capture(daemon);
  }

  /** Everything so far; a packet inside another is on a line of its own. */
  get text(): string {
    return this.#daemon.log;
  }

  /** Waits for a packet that matches. @throws {Error} with all there was, where none comes within `limit` milliseconds */
  until(pattern: RegExp, limit = 5000): Promise<void> {
    return this.#daemon.until(`there was ${pattern}`, () => pattern.test(this.text), limit);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon.end();
  }
}
