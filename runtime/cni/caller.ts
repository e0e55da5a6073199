// The container runtime that waits for the answer of an ADD, and how it gives up: it ends the process by a signal, or it
// ends itself, and nobody reads the answer. An attachment that nobody knows of must not come about behind its back.

import { hasNoReader } from "../../host-funcs/sys/pipe.ts";
import { Signals } from "../../host-funcs/sys/signals.ts";

const STDOUT = 1;

/** Whether whoever asked for an ADD still wants it. */
export interface Caller {
  /** From now on a first signal does not end the process: `whyGone` tells of it. */
  listen(): void;
  /** @returns why the caller has given up, as a clause; undefined while it waits */
  whyGone(): string | undefined;
  /** A signal ends the process again. */
  ignore(): void;
  /** Whether the call may be run by another process meanwhile, so that it must not begin here any more. */
  isGone(): boolean;
}

/** The caller of a process that serves one call. */
export class ProcessCaller implements Caller {
  #signals: Signals | undefined;

  listen(): void {
    this.#signals = new Signals(["SIGTERM", "SIGINT", "SIGHUP"]);
  }

  whyGone(): string | undefined {
    const signal = this.#signals?.received();
    if (signal !== undefined) return `the process got ${signal}`;
    return hasNoReader(STDOUT) ? "nobody reads its answer any more" : undefined;
  }

  ignore(): void {
    this.#signals?.close();
    this.#signals = undefined;
  }

  isGone(): boolean {
    return false;
  }
}

/** A caller that waits for ever. */
export const patientCaller: Caller = {
  listen: () => {},
  whyGone: () => undefined,
  ignore: () => {},
  isGone: () => false,
};
