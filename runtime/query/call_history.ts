// CNI calls that came to an end of late: their rate, latency and failures, by command and by plugin.

import type { CallTrace } from "../plugin/trace.ts";

/** Of one command in the last hour. */
export interface CallFigures {
  readonly command: string;
  readonly calls: number;
  readonly failed: number;
  /** In the last five minutes. */
  readonly perMinute: number;
  /** Milliseconds; undefined for none. */
  readonly medianMs?: number;
  readonly p99Ms?: number;
}

export interface FailedCall {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly command: string;
  /** `network/container/ifname` */
  readonly subject: string;
  readonly code: number;
  readonly message: string;
}

interface Call extends Pick<CallTrace, "command" | "plugins"> {
  readonly at: number;
  readonly ms: number;
  readonly error: FailedCall | undefined;
}

const HOUR_MS = 3_600_000;
const RECENT_MS = 300_000;
/** How many calls are kept, and how many that failed are told. */
const MOST = 10_000;
const TOLD_FAILURES = 20;

export class CallHistory {
  #calls: Call[] = [];
  /** By plugin, since the start. */
  readonly #plugins = new Map<string, { calls: number; failed: number }>();

  constructor(private readonly now: () => number = Date.now) {}

  add({ attachment, command: asked, error, plugins, totalMs }: CallTrace): void {
    // That of a call whose environment says nothing that is one.
    const command = asked === "" ? "none" : asked;
    const at = this.now();
    const subject = `${attachment.network}/${attachment.containerId}/${attachment.ifname}`;
    const failed = error && { at, command, subject, code: error.code, message: error.message };
    this.#calls.push({ at, command, plugins, ms: totalMs, error: failed });
    if (this.#calls.length > MOST * 2) this.#calls = this.#calls.slice(-MOST);
    for (const plugin of plugins) {
      const counted = this.#plugins.get(plugin) ?? { calls: 0, failed: 0 };
      counted.calls++;
      if (error !== undefined) counted.failed++;
      this.#plugins.set(plugin, counted);
    }
  }

  /** By command. */
  figures(): CallFigures[] {
    const now = this.now();
    const last = this.#calls.filter(({ at }) => at > now - HOUR_MS);
    return [...Map.groupBy(last, ({ command }) => command)].map(([command, calls]) => {
      const times = calls.map(({ ms }) => ms).sort((a, b) => a - b);
      return {
        command,
        calls: calls.length,
        failed: calls.filter(({ error }) => error !== undefined).length,
        perMinute: calls.filter(({ at }) => at > now - RECENT_MS).length / (RECENT_MS / 60_000),
        medianMs: quantile(times, 0.5),
        p99Ms: quantile(times, 0.99),
      };
    }).sort((a, b) => a.command < b.command ? -1 : 1);
  }

  /** The newest first. */
  failures(): FailedCall[] {
    return this.#calls.flatMap(({ error }) => error ?? []).slice(-TOLD_FAILURES).reverse();
  }

  plugin(name: string): { readonly calls: number; readonly failed: number } {
    return this.#plugins.get(name) ?? { calls: 0, failed: 0 };
  }
}

/** Of sorted numbers, of which there is one at least. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}
