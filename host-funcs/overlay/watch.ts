// Waits for the kernel's notifications that concern the overlay, without holding the thread: poll(2) runs on a thread of
// Deno's pool, and needs only descriptors, in whichever namespace that thread is.

import { EINTR, isErrno, KernelError } from "../sys/errno.ts";
import { checked, closeFile } from "../sys/libc.ts";
import type { NetworkNamespace } from "../sys/namespace.ts";
import { type NetlinkSocket, openNetlink } from "../sys/netlink_socket.ts";
import { openWaker, wake } from "../sys/unix_socket.ts";
import { type Concern, Judge } from "./concern.ts";
import type { OverlayParts } from "./overlay.ts";

const RTNLGRP_LINK = 1;
const RTNLGRP_NEIGH = 3;
const RTNLGRP_IPV4_IFADDR = 5;
const RTNLGRP_IPV4_ROUTE = 7;
const RTNLGRP_IPV6_IFADDR = 9;
const RTNLGRP_IPV6_ROUTE = 11;
const GROUPS = [
  RTNLGRP_LINK,
  RTNLGRP_NEIGH,
  RTNLGRP_IPV4_IFADDR,
  RTNLGRP_IPV4_ROUTE,
  RTNLGRP_IPV6_IFADDR,
  RTNLGRP_IPV6_ROUTE,
];
const POLLIN = 0x1;

/** Bytes: the echo of some 10,000 writes. What does not fit is lost, and then everything has to be compared. */
const RECEIVE_BUFFER = 16 * 1024 * 1024;
/** Reads before whoever waits is answered, however much there is. */
const MAX_READS = 1000;

const { symbols: libc } = Deno.dlopen("libc.so.6", {
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32" },
  pollOnPool: { name: "poll", parameters: ["buffer", "usize", "i32"], result: "i32", nonblocking: true },
});

export interface Notice extends Concern {
  /** Notifications were lost: anything may have changed. */
  readonly lost: boolean;
}

export class OverlayWatch {
  readonly #netlink: NetlinkSocket;
  readonly #waker = openWaker();
  readonly #judge: Judge;
  #waiting = false;
  #closed = false;

  /**
   * @param namespace the node's
   * @param overlay what is wanted there
   * @throws {HostCallError} if the namespace can't be entered
   */
  constructor(namespace: NetworkNamespace, overlay: { readonly parts: OverlayParts }, receiveBuffer = RECEIVE_BUFFER) {
    this.#judge = new Judge(() => overlay.parts);
    this.#netlink = openNetlink(namespace, GROUPS);
    try {
      this.#netlink.reserve(receiveBuffer);
    } catch (error) {
      // Without the privilege it stays small, and more is lost.
      if (!(error instanceof KernelError)) throw error;
    }
  }

  /**
   * Waits for something that concerns the overlay.
   *
   * @returns undefined if there was nothing in that time, or the watch was closed
   * @throws {KernelError}
   * @throws {TypeError} while another wait is under way
   */
  async wait(timeoutMs: number): Promise<Notice | undefined> {
    if (this.#waiting) throw new TypeError("Cannot wait for notifications as another wait is under way");
    this.#waiting = true;
    try {
      for (const end = performance.now() + timeoutMs; !this.#closed;) {
        const rest = Math.ceil(end - performance.now());
        if (rest <= 0 || !await this.#isReadable(rest)) break;
        const notice = this.#readAll();
        if (notice.overlay || notice.underlay || notice.lost) return notice;
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

  #readAll(): Notice {
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
    return { ...this.#judge.judge(messages), lost };
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
