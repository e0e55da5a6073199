// Tries connections again and again, on a thread of its own, until it is told to end: what passes that never should, and
// what does not that always should.

import type { Endpoint } from "./policy_lab.ts";
import { type Probe, Prober, textOf } from "./prober.ts";

/** To the thread, first of all. */
export interface ProbingStart {
  readonly endpoints: readonly (Omit<Endpoint, "namespace"> & { readonly path: string })[];
  /** Of TCP: what is lost is sent again after a second, and has not passed by then. */
  readonly always: readonly Probe[];
  readonly never: readonly Probe[];
  /** Set to 1 when it is to end. */
  readonly ends: SharedArrayBuffer;
}

/** From the thread: when it has begun, and when it has ended. */
export type Probing =
  | { readonly kind: "begun" }
  | {
    readonly kind: "ended";
    readonly rounds: number;
    /** Each time that one was missed. */
    readonly missed: readonly string[];
    readonly leaked: readonly string[];
  };

/** Milliseconds: less than a SYN takes to be sent again (RFC 6298, 2.1). */
const LOST_MS = 900;
const NEVER_MS = 10;

const post = (message: Probing) => (self as unknown as { postMessage(it: Probing): void }).postMessage(message);

addEventListener("message", (event) => {
  const { endpoints, always, never, ends } = (event as MessageEvent<ProbingStart>).data;
  const known = endpoints.map(({ path, ...rest }) => ({ ...rest, namespace: { path } }) as unknown as Endpoint);
  const end = new Int32Array(ends);
  const missed: string[] = [];
  const leaked = new Set<string>();
  let rounds = 0;
  {
    using prober = new Prober(known);
    post({ kind: "begun" });
    for (; Atomics.load(end, 0) === 0; rounds++) {
      prober.run(always, LOST_MS).forEach((arrived, at) => arrived || missed.push(textOf(always[at]!)));
      prober.run(never, NEVER_MS).forEach((arrived, at) => arrived && leaked.add(textOf(never[at]!)));
    }
  }
  // Its sockets are closed by now: whoever ends the thread need not wait for that.
  post({ kind: "ended", rounds, missed, leaked: [...leaked] });
  close();
}, { once: true });
