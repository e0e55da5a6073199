// Waits for the kernel's notifications without holding the thread.

import { KernelError } from "./errno.ts";
import type { ReceivedMessage } from "./netlink_message.ts";
import type { NetlinkSocket } from "./netlink_socket.ts";
import { PooledWait } from "./pooled_wait.ts";

/** Reads before whoever waits is answered, however much there is. */
const MAX_READS = 1000;

export class NetlinkWatch {
  readonly #netlink: NetlinkSocket;
  readonly #wait: PooledWait;

  /**
   * @param netlink subscribed to groups, and for nothing else; closed with the watch
   * @param receiveBuffer bytes; what does not fit is lost
   */
  constructor(netlink: NetlinkSocket, receiveBuffer: number) {
    this.#netlink = netlink;
    this.#wait = new PooledWait(netlink.descriptor, () => netlink.close());
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
    for (const end = performance.now() + timeoutMs; !this.#wait.closed;) {
      const rest = Math.ceil(end - performance.now());
      if (rest <= 0 || !await this.#wait.readable(rest)) break;
      const { messages, lost } = this.#readAll();
      const judged = judge(messages, lost);
      if (judged !== undefined) return judged;
    }
    return undefined;
  }

  /** Ends a wait that is under way. */
  close(): void {
    this.#wait.close();
  }

  #readAll(): { messages: ReceivedMessage[]; lost: boolean } {
    const messages = [];
    let lost = false;
    for (let reads = 0; reads < MAX_READS; reads++) {
      const some = this.#netlink.readNotifications();
      if (some === undefined) lost = true;
      else messages.push(...some);
      if (!this.#wait.readableNow()) break;
    }
    return { messages, lost };
  }
}
