// Trying again, for as long as it takes.

/** Milliseconds between two attempts: doubled each time, up to the limit; each less up to a half, by chance. */
const FIRST_MS = 500;
const LIMIT_MS = 30_000;

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
 * @param firstMs the first wait
 * @throws what `signal` was aborted with
 */
export async function untilDone<T>(
  run: () => Promise<T>,
  failed: (error: Error) => void,
  signal: AbortSignal,
  firstMs = FIRST_MS,
): Promise<T> {
  let told: string | undefined;
  for (let wait = firstMs;; wait = Math.min(wait * 2, LIMIT_MS)) {
    signal.throwIfAborted();
    try {
      return await run();
    } catch (error) {
      signal.throwIfAborted();
      const { message } = error as Error;
      if (message !== told) failed(error as Error);
      told = message;
    }
    await pause(wait * (1 - Math.random() / 2), signal);
  }
}
