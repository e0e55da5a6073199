// Trying again, for as long as it takes.

import { BackOff } from "./store/back_off.ts";

/** Milliseconds. */
const WELL_MS = 60_000;

/** @returns after that time, or when `signal` ends it */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}

/**
 * Runs until it succeeds.
 *
 * @param failed told of each error that says something new
 * @throws what `signal` was aborted with
 */
export async function untilDone<T>(
  run: () => Promise<T>,
  failed: (error: Error) => void,
  signal: AbortSignal,
): Promise<T> {
  const backOff = new BackOff();
  let told: string | undefined;
  for (;;) {
    signal.throwIfAborted();
    const began = performance.now();
    try {
      return await run();
    } catch (error) {
      signal.throwIfAborted();
      // What went well for a while and fails again is a new trouble.
      if (performance.now() - began > WELL_MS) {
        backOff.reset();
        told = undefined;
      }
      const { message } = error as Error;
      if (message !== told) failed(error as Error);
      told = message;
    }
    await pause(backOff.next(), signal);
  }
}
