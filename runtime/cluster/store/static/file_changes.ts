// Waiting for a folder to change: by the kernel's notifications where it sends them, and in any case after a while. A
// folder that machines share (NFS) has none for what another machine writes.

import { pause } from "../../patience.ts";

/** Milliseconds in which more changes are waited for: a file is written in several steps. */
const SETTLE_MS = 50;

/** Tells when to look at a folder again. */
export class FileChanges implements Disposable {
  #watcher: Deno.FsWatcher | undefined;
  #changed = Promise.withResolvers<void>();

  /** @param pollMs milliseconds until it is looked at without a notification */
  constructor(private readonly folder: string, private readonly pollMs: number) {}

  /** @returns when there may be something new, or `signal` has ended it */
  async next(signal: AbortSignal): Promise<void> {
    this.#watcher ??= this.#start();
    const waits = new AbortController();
    await Promise.race([pause(this.pollMs, AbortSignal.any([signal, waits.signal])), this.#changed.promise]);
    waits.abort();
    await pause(SETTLE_MS, signal);
    this.#changed = Promise.withResolvers<void>();
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #start(): Deno.FsWatcher | undefined {
    try {
      const watcher = Deno.watchFs(this.folder, { recursive: false });
      void this.#follow(watcher);
      return watcher;
    } catch {
      // No such folder, or no inotify instance left (fs.inotify.max_user_instances): it is looked at all the same.
      return undefined;
    }
  }

  async #follow(watcher: Deno.FsWatcher): Promise<void> {
    try {
      for await (const { kind } of watcher) if (kind !== "access") this.#changed.resolve();
    } catch {
      // Looked at by time from now on; the next start is tried after that.
    }
    if (this.#watcher === watcher) this.#watcher = undefined;
  }
}
