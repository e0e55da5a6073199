// Waits for the kernel's notifications without holding the thread: poll(2) runs on a thread of Deno's pool, and needs only
// descriptors, in whichever namespace that thread is.

import { EINTR, isErrno, KernelError } from "./errno.ts";
import { checked, closeFile } from "./libc.ts";
import type { ReceivedMessage } from "./netlink_message.ts";
import type { NetlinkSocket } from "./netlink_socket.ts";
import { openWaker, wake } from "./unix_socket.ts";

const POLLIN = 0x1;
/** Reads before whoever waits is answered, however much there is. */
const MAX_READS = 1000;

const { symbols: libc } = Deno.dlopen("libc.so.6", {
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32" },
  pollOnPool: { name: "poll", parameters: ["buffer", "usize", "i32"], result: "i32", nonblocking: true },
});

export class NetlinkWatch {
  readonly #netlink: NetlinkSocket;
  readonly #waker = openWaker();
  #waiting = false;
  #closed = false;

  /**
   * @param netlink subscribed to groups, and for nothing else; closed with the watch
   * @param receiveBuffer bytes; what does not fit is lost
   */
  constructor(netlink: NetlinkSocket, receiveBuffer: number) {
    this.#netlink = netlink;
    try {
      netlink.reserve(receiveBuffer);
    } catch (error) {
      // Without the privilege it stays small, and more is lost.
      if (!(error instanceof KernelError)) throw error;
    }
  }

  /**
   * Waits for notifications that `judge` makes something of.
   *
   * @param judge gets what has come, and whether some was lost
   * @returns undefined if there was nothing in that time, or the watch was closed
   * @throws {KernelError}
   * @throws {TypeError} while another wait is under way
   */
  async wait<T>(
    timeoutMs: number,
    judge: (messages: readonly ReceivedMessage[], lost: boolean) => T | undefined,
  ): Promise<T | undefined> {
    if (this.#waiting) throw new TypeError("Cannot wait for notifications as another wait is under way");
    this.#waiting = true;
    try {
      for (const end = performance.now() + timeoutMs; !this.#closed;) {
        const rest = Math.ceil(end - performance.now());
        if (rest <= 0 || !await this.#isReadable(rest)) break;
        const { messages, lost } = this.#readAll();
        const judged = judge(messages, lost);
        if (judged !== undefined) return judged;
      }
      return undefined;
    } finally {
      this.#waiting = false;
      if (this.#closed) this.#release();
    }
  }

  /** Ends a wait that is under way. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // A descriptor that the pool's thread waits for must not become another file's meanwhile.
    if (this.#waiting) wake(this.#waker);
    else this.#release();
  }

  async #isReadable(timeoutMs: number): Promise<boolean> {
    const bytes = this.#pollArgument();
    for (const end = performance.now() + timeoutMs;;) {
      const ready = await libc.pollOnPool(bytes, 2n, Math.max(0, Math.ceil(end - performance.now())));
      // Which error it was, only the pool's thread knows; EINTR is the one that there is.
      if (ready >= 0) return ready > 0 && !this.#closed;
    }
  }

  #readAll(): { messages: ReceivedMessage[]; lost: boolean } {
    const messages = [];
    let lost = false;
    for (let reads = 0; reads < MAX_READS; reads++) {
      const some = this.#netlink.readNotifications();
      if (some === undefined) lost = true;
      else messages.push(...some);
      const argument = this.#pollArgument();
      try {
        if (checked(libc.poll(argument, 1n, 0)) === 0) break;
      } catch (error) {
        if (!isErrno(error, EINTR)) throw error;
      }
    }
    return { messages, lost };
  }

  /** struct pollfd, of the socket and of the waker. */
  #pollArgument(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(128);
    const view = new DataView(bytes.buffer);
    for (const [at, fd] of [this.#netlink.descriptor, this.#waker].entries()) {
      view.setInt32(at * 8, fd, true);
      view.setInt16(at * 8 + 4, POLLIN, true);
    }
    return bytes;
  }

  #release(): void {
    this.#netlink.close();
    closeFile(this.#waker);
  }
}
