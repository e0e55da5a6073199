// Messages that are to become one transaction, and what each is for.

import type { NetlinkMessage } from "../../../sys/netlink_message.ts";
import { type NetlinkSocket, TransactionError } from "../../../sys/netlink_socket.ts";
import { batchEdges } from "../../../sys/nftables_message.ts";
import { hostCallError } from "../../../sys/errno.ts";

export class Batch {
  readonly #messages: NetlinkMessage[] = [];
  readonly #purposes: string[] = [];
  #setIds = 0;

  /** @param purpose completes "Cannot": `add set peers4` */
  push(purpose: string, message: NetlinkMessage): void {
    this.#messages.push(message);
    this.#purposes.push(purpose);
  }

  /** By which the batch's messages refer to a set that it adds. */
  newSetId(): number {
    return ++this.#setIds;
  }

  /**
   * Makes all of it, or nothing.
   *
   * @param doing what it is for, completes "Cannot"
   * @throws {HostCallError} the kernel's answer to the message that it refused
   */
  commit(socket: NetlinkSocket, doing: string): void {
    if (this.#messages.length === 0) return;
    this.#messages.at(-1)!.askForAck();
    const [begin, end] = batchEdges();
    try {
      socket.transaction(begin, this.#messages, end);
    } catch (error) {
      const purpose = error instanceof TransactionError ? this.#purposes[error.index] : undefined;
      throw hostCallError(purpose === undefined ? doing : `${doing}: ${purpose}`, error);
    }
  }
}
