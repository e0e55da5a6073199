// Waits for the kernel's notifications that concern the overlay, without holding the thread.

import type { NetworkNamespace } from "../sys/namespace.ts";
import { openNetlink } from "../sys/netlink_socket.ts";
import { NetlinkWatch } from "../sys/netlink_watch.ts";
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

export interface Notice extends Concern {
  /** Notifications were lost: anything may have changed. */
  readonly lost: boolean;
}

export class OverlayWatch {
  readonly #watch: NetlinkWatch;
  readonly #judge: Judge;

  /**
   * @param namespace the node's
   * @param overlay what is wanted there
   * @throws {HostCallError} if the namespace can't be entered
   */
  constructor(namespace: NetworkNamespace, overlay: { readonly parts: OverlayParts }, receiveBuffer = RECEIVE_BUFFER) {
    this.#judge = new Judge(() => overlay.parts);
    this.#watch = new NetlinkWatch(openNetlink(namespace, GROUPS), receiveBuffer);
  }

  /**
   * Waits for something that concerns the overlay.
   *
   * @returns undefined if there was nothing in that time, or the watch was closed
   * @throws {KernelError}
   * @throws {TypeError} while another wait is under way
   */
  wait(timeoutMs: number): Promise<Notice | undefined> {
    return this.#watch.wait(timeoutMs, (messages, lost) => {
      const notice = { ...this.#judge.judge(messages), lost };
      return notice.overlay || notice.underlay || lost ? notice : undefined;
    });
  }

  /** Ends a wait that is under way. */
  close(): void {
    this.#watch.close();
  }
}
