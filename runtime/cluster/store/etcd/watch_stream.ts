// One watch of etcd, from a revision on, until it breaks.

import type { IDuplexStream, IWatchRequest, IWatchResponse } from "etcd3";
import type { EtcdConnection } from "./connection.ts";
import type { LeaseKeys } from "./lease_keys.ts";

/**
 * Watches the keys of all leases. The first response says that the watch is there.
 *
 * @param revision the first change that is wanted
 * @param probeMs milliseconds between two looks at whether etcd still serves: a member that has lost its leader keeps a
 * watch open and says nothing
 * @throws {StoreError} where it breaks, or is not there in time
 */
export async function* watchLeases(
  connection: EtcdConnection,
  keys: LeaseKeys,
  revision: bigint,
  probeMs: number,
  signal: AbortSignal,
): AsyncGenerator<IWatchResponse> {
  const what = "watch the leases";
  const stream = await connection.call(what, ({ watchClient }) => watchClient.watch(), signal);
  using responses = new Responses(stream, signal);
  stream.write({
    create_request: {
      key: keys.range.start as Buffer,
      range_end: keys.range.end as Buffer,
      start_revision: String(revision),
      progress_notify: true,
    },
  });
  let waitMs = connection.callMs;
  let isThere = false;
  try {
    for (;;) {
      const response = await responses.next(waitMs);
      if (response !== undefined) {
        isThere = true;
        waitMs = probeMs;
        yield response;
      } else if (signal.aborted) {
        return;
      } else if (isThere) {
        await connection.call(what, ({ kv }) => kv.range({ key: keys.range.start as Buffer }), signal);
      } else {
        throw new Error(`it has not begun within ${waitMs} ms`);
      }
    }
  } catch (error) {
    throw connection.storeError(what, error as Error);
  }
}

/** What a stream has sent, one after the other. */
class Responses implements Disposable {
  readonly #queue: IWatchResponse[] = [];
  #error: Error | undefined;
  #wake = Promise.withResolvers<void>();
  readonly #abort = () => this.#wake.resolve();

  constructor(
    private readonly stream: IDuplexStream<IWatchRequest, IWatchResponse>,
    private readonly signal: AbortSignal,
  ) {
    signal.addEventListener("abort", this.#abort);
    const end = (error: Error) => {
      this.#error ??= error;
      this.#wake.resolve();
    };
    stream
      .on("data", (response) => {
        this.#queue.push(response);
        this.#wake.resolve();
      })
      .on("error", end)
      .on("end", () => end(new Error("etcd has ended the watch")));
  }

  /** The next one; undefined after `ms` milliseconds or when the signal ends it. @throws what ended the stream */
  async next(ms: number): Promise<IWatchResponse | undefined> {
    if (this.#queue.length === 0 && this.#error === undefined && !this.signal.aborted) {
      const timer = setTimeout(this.#abort, ms);
      await this.#wake.promise;
      clearTimeout(timer);
    }
    this.#wake = Promise.withResolvers();
    const response = this.#queue.shift();
    if (response === undefined && this.#error !== undefined) throw this.#error;
    return this.signal.aborted ? undefined : response;
  }

  [Symbol.dispose](): void {
    this.signal.removeEventListener("abort", this.#abort);
    // Errors that come after it are nobody's.
    this.stream.on("error", () => {});
    this.stream.cancel();
  }
}
