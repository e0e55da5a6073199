// One set-up at a time in a checkout, and one installation at a time in a prefix.

/**
 * Runs `body` while an advisory lock (flock(2)) is held on a file, which is made if need be and stays: removing it
 * would let a third process lock a file that a second one still waits for. The kernel drops the lock of a process that
 * dies.
 *
 * @param waiting called once if another process holds the lock
 */
export async function withLock<T>(path: string, waiting: () => void, body: () => Promise<T>): Promise<T> {
  using file = await Deno.open(path, { create: true, write: true, mode: 0o644 });
  if (!await file.tryLock(true)) {
    waiting();
    await file.lock(true);
  }
  return await body();
}
