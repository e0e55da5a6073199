// Whether the kernel can make a kind of link, without making one.

import type { HostContext } from "../context.ts";
import { EOPNOTSUPP, hostCallError, isErrno, KernelError } from "../sys/errno.ts";
import { NLM_F_CREATE, NLM_F_EXCL } from "../sys/netlink_message.ts";
import type { RouteNetlink } from "../sys/netlink_socket.ts";
import { IFLA_ADDRESS, IFLA_IFNAME, IFLA_INFO_KIND, IFLA_LINKINFO, linkMessage, RTM_NEWLINK } from "./link_message.ts";

/** What the drivers of links with an Ethernet address refuse as theirs, once their kind has been found. */
const GROUP_ADDRESS = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
/** No name of a kind is longer (MODULE_NAME_LEN). */
const KIND = /^[a-z0-9_-]{1,55}$/;

/** See `supports` of the contract. */
export function supportsKind(context: HostContext, kind: string): boolean {
  return kernelMakes(context.netlink("host"), kind);
}

/** Asks for a link that cannot be, and looks at what is wrong with it. */
export function kernelMakes(netlink: Pick<RouteNetlink, "request">, kind: string): boolean {
  if (!KIND.test(kind)) return false;
  const message = linkMessage(RTM_NEWLINK, { messageFlags: NLM_F_CREATE | NLM_F_EXCL })
    .string(IFLA_IFNAME, `try-${crypto.randomUUID().slice(0, 8)}`)
    .bytes(IFLA_ADDRESS, GROUP_ADDRESS)
    .nest(IFLA_LINKINFO, (info) => info.string(IFLA_INFO_KIND, kind));
  try {
    netlink.request(message);
  } catch (error) {
    if (isErrno(error, EOPNOTSUPP)) return false;
    if (error instanceof KernelError && REFUSALS.includes(error.errno)) return true;
    throw hostCallError(`try whether the kernel makes links of kind ${kind}`, error);
  }
  throw new Error(`Cannot try kind ${kind} as the kernel made a link with a group's address`);
}

/** EINVAL, EADDRNOTAVAIL. */
const REFUSALS: readonly number[] = [22, 99];
