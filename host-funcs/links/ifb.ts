// Intermediate functional block devices: what comes from a container is queued on one of its own. Source: drivers/net/ifb.c.

import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { EEXIST, EOPNOTSUPP, hostCallError, isErrno } from "../sys/errno.ts";
import { type NetlinkMessage, NLM_F_CREATE, NLM_F_EXCL } from "../sys/netlink_message.ts";
import { withoutRecording } from "../take_back.ts";
import { deleteLink } from "./delete.ts";
import {
  IFF_UP,
  IFLA_IFNAME,
  IFLA_INFO_KIND,
  IFLA_LINKINFO,
  IFLA_MTU,
  type LinkDescription,
  linkMessage,
  RTM_NEWLINK,
} from "./link_message.ts";
import { findLink, needLink, place } from "./look_up.ts";

/**
 * Makes a device, up. One of that name is what an attachment of the same name has left whose state is lost: it goes. The
 * caller has written the device down.
 *
 * @returns undefined where the kernel has no ifb
 */
export function createIfb(context: HostContext, name: string, mtu: number): LinkDescription | undefined {
  try {
    sendIfb(context, name, mtu);
  } catch (error) {
    if (isErrno(error, EOPNOTSUPP)) return undefined;
    if (!isErrno(error, EEXIST)) throw hostCallError(`create the ifb ${place("host", name)}`, error);
    removeRemains(context, name);
    return createIfb(context, name, mtu);
  }
  return needLink(context, "host", name, "look up");
}

/** Makes the device again, where it is gone. */
export function redoIfb(context: HostContext, name: string, mtu: number): void {
  if (findLink(context.netlink("host"), "host", name) !== undefined) return;
  try {
    sendIfb(context, name, mtu);
  } catch (error) {
    throw hostCallError(`create the ifb ${place("host", name)}`, error);
  }
}

function sendIfb(context: HostContext, name: string, mtu: number): void {
  context.netlink("host").request(ifbMessage(name, mtu));
}

/** Makes a device, up. */
export function ifbMessage(name: string, mtu: number): NetlinkMessage {
  return linkMessage(RTM_NEWLINK, { flags: IFF_UP, change: IFF_UP, messageFlags: NLM_F_CREATE | NLM_F_EXCL })
    .string(IFLA_IFNAME, name)
    .attrU32(IFLA_MTU, mtu)
    .nest(IFLA_LINKINFO, (info) => info.string(IFLA_INFO_KIND, "ifb"));
}

function removeRemains(context: HostContext, name: string): void {
  const present = findLink(context.netlink("host"), "host", name);
  if (present === undefined) return;
  if (present.kind !== "ifb") {
    throw new HostCallError("exists", `Cannot create the ifb ${place("host", name)} as another link has that name`, 17);
  }
  context.log("warn", `The ifb ${name} is left from an attachment of the same name: it is removed`);
  deleteLink(withoutRecording(context), "host", name);
}
