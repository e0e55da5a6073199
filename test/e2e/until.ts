// Waiting for what comes about by itself.

/** Waits until something holds. @throws {Error} after that time, in milliseconds */
export async function until(what: string, holds: () => Promise<boolean>, ms = 10_000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!await holds()) {
    if (performance.now() > deadline) throw new Error(`Cannot wait any longer until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
