// Counts the messages to the kernel.

import type { NetlinkMessage } from "../sys/netlink_message.ts";
import type { RouteNetlink } from "../sys/netlink_socket.ts";

export class CountedNetlink implements RouteNetlink {
  /** Since it was made, those that only ask included. */
  count = 0;

  constructor(private readonly netlink: RouteNetlink) {}

  request(message: NetlinkMessage) {
    this.count++;
    return this.netlink.request(message);
  }

  batch(messages: readonly NetlinkMessage[]) {
    this.count += messages.length;
    return this.netlink.batch(messages);
  }

  query(message: NetlinkMessage) {
    this.count++;
    return this.netlink.query(message);
  }

  dump(message: NetlinkMessage) {
    this.count++;
    return this.netlink.dump(message);
  }
}
