// Tells when attachments may have come or gone: as soon as any process writes to the node's state database.

import { databasePath } from "../../host-funcs/state/database.ts";
import { pause } from "../cluster/patience.ts";

/** Milliseconds from one look to the next where the kernel gives no notifications. */
const POLL_MS = 1_000;

/**
 * Yields at the start, and whenever the database may have been written since the last time. What is written goes to its
 * write-ahead log first, a file that comes and goes: so it is the folder that is watched. Where that cannot be had (no
 * inotify instance is left, or no such folder) it yields each second, and goes on trying.
 *
 * @param stateDir the state directory
 * @param signal ends it
 */
export async function* attachmentWakeups(
  stateDir: string,
  signal: AbortSignal,
  pollMs: number = POLL_MS,
): AsyncGenerator<void> {
  while (!signal.aborted) {
    const folder = inodeOf(stateDir);
    const watcher = watch(stateDir);
    const close = () => watcher?.close();
    signal.addEventListener("abort", close);
    try {
      // It may have been written before it was watched.
      yield;
      if (watcher !== undefined) yield* writes(watcher, databasePath(stateDir), () => inodeOf(stateDir) !== folder);
    } finally {
      signal.removeEventListener("abort", close);
      if (!signal.aborted) close();
    }
    await pause(pollMs, signal);
  }
}

/** @param gone whether it is another folder by now, or none: then it ends */
async function* writes(watcher: Deno.FsWatcher, database: string, gone: () => boolean): AsyncGenerator<void> {
  const name = database.slice(database.lastIndexOf("/"));
  const isOfDatabase = (path: string) => path.endsWith(name) || path.endsWith(`${name}-wal`);
  for await (const { kind, paths } of watcher) {
    if (kind === "access") continue;
    // Without a path: the kernel had more notifications than it keeps.
    if (paths.length === 0 || paths.some(isOfDatabase)) yield;
    if ((kind === "remove" || kind === "rename") && gone()) return;
  }
}

function watch(folder: string): Deno.FsWatcher | undefined {
  try {
    return Deno.watchFs(folder, { recursive: false });
  } catch {
    return undefined;
  }
}

function inodeOf(path: string): number | null | undefined {
  try {
    return Deno.statSync(path).ino;
  } catch {
    return undefined;
  }
}
