// Waits for the kernel's notifications that concern the overlay, without holding the thread.

import { KernelError } from "../sys/errno.ts";
import type { NetworkNamespace } from "../sys/namespace.ts";
import { type NetlinkSocket, openNetlink } from "../sys/netlink_socket.ts";
import { PooledWait } from "../sys/pooled_wait.ts";
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

/** Bytes: the echo of some 10,000 writes. What does not fit is lost, and then everything has to be compared. */
const RECEIVE_BUFFER = 16 * 1024 * 1024;
/** Reads before whoever waits is answered, however much there is. */
const MAX_READS = 1000;

export interface Notice extends Concern {
  /** Notifications were lost: anything may have changed. */
  readonly lost: boolean;
}

export class OverlayWatch {
  readonly #netlink: NetlinkSocket;
  readonly #wait: PooledWait;
  readonly #judge: Judge;

  /**
   * @param namespace the node's
   * @param overlay what is wanted there
   * @throws {HostCallError} if the namespace can't be entered
   */
  constructor(namespace: NetworkNamespace, overlay: { readonly parts: OverlayParts }, receiveBuffer = RECEIVE_BUFFER) {
    this.#judge = new Judge(() => overlay.parts);
    this.#netlink = openNetlink(namespace, GROUPS);
    this.#wait = new PooledWait(this.#netlink.descriptor, () => this.#netlink.close());
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
    for (const end = performance.now() + timeoutMs; !this.#wait.closed;) {
      const rest = Math.ceil(end - performance.now());
      if (rest <= 0 || !await this.#wait.readable(rest)) break;
      const notice = this.#readAll();
      if (notice.overlay || notice.underlay || notice.lost) return notice;
    }
    return undefined;
  }

  /** Ends a wait that is under way. */
  close(): void {
    this.#wait.close();
  }

  #readAll(): Notice {
    const messages = [];
    let lost = false;
    for (let reads = 0; reads < MAX_READS; reads++) {
      const some = this.#netlink.readNotifications();
      if (some === undefined) lost = true;
      else messages.push(...some);
      if (!this.#wait.readableNow()) break;
    }
    return { ...this.#judge.judge(messages), lost };
  }
}
