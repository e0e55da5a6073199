// Waits until a descriptor has something to read, without holding the thread: poll(2) runs on a thread of Deno's pool, and
// needs only descriptors, in whichever namespace that thread is.

import { EINTR, isErrno } from "./errno.ts";
import { checked, closeFile } from "./libc.ts";
import { openWaker, wake } from "./unix_socket.ts";

const { symbols: libc } = Deno.dlopen("libc.so.6", {
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32" },
  pollOnPool: { name: "poll", parameters: ["buffer", "usize", "i32"], result: "i32", nonblocking: true },
});

/** include/uapi/asm-generic/poll.h */
const POLLIN = 0x1;

export class PooledWait {
  readonly #waker = openWaker();
  #waiting = false;
  #closed = false;

  /** @param release closes the descriptor; called once nobody waits for it any more */
  constructor(private readonly fd: number, private readonly release: () => void) {}

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Waits.
   *
   * @param timeoutMs -1: for as long as it takes
   * @returns whether there is something to read; false after that time, and once it is closed
   * @throws {TypeError} while another wait is under way
   */
  async readable(timeoutMs = -1): Promise<boolean> {
    if (this.#waiting) throw new TypeError("Cannot wait for a descriptor as another wait is under way");
    if (this.#closed) return false;
    this.#waiting = true;
    try {
      const argument = this.#argument();
      for (const end = performance.now() + timeoutMs;;) {
        const rest = timeoutMs < 0 ? -1 : Math.max(0, Math.ceil(end - performance.now()));
        const ready = await libc.pollOnPool(argument, 2n, rest);
        // Which error it was, only the pool's thread knows; EINTR is the one that there is.
        if (ready >= 0) return ready > 0 && !this.#closed;
      }
    } finally {
      this.#waiting = false;
      if (this.#closed) this.#free();
    }
  }

  /** Whether there is something to read at this moment. */
  readableNow(): boolean {
    try {
      return checked(libc.poll(this.#argument(), 1n, 0)) > 0;
    } catch (error) {
      if (isErrno(error, EINTR)) return false;
      throw error;
    }
  }

  /** Ends a wait that is under way. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // A descriptor that the pool's thread waits for must not become another file's meanwhile.
    if (this.#waiting) wake(this.#waker);
    else this.#free();
  }

  /** struct pollfd, of the descriptor and of the waker. */
  #argument(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(128);
    const view = new DataView(bytes.buffer);
    for (const [at, fd] of [this.fd, this.#waker].entries()) {
      view.setInt32(at * 8, fd, true);
      view.setInt16(at * 8 + 4, POLLIN, true);
    }
    return bytes;
  }

  #free(): void {
    this.release();
    closeFile(this.#waker);
  }
}
