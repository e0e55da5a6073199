// VXLAN devices. Source: include/uapi/linux/if_link.h, RFC 7348.

import type { Link, VxlanOptions } from "cnidaria:cni/links@0.1.0";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { orTakeBack } from "../take_back.ts";
import { attempt, EEXIST, hostCallError, isErrno } from "../sys/errno.ts";
import { AF_INET, formatAddress, type IpAddress, parseAddress } from "../sys/ip_address.ts";
import { parseMac } from "../sys/mac_address.ts";
import { type NetlinkMessage, NLM_F_CREATE, NLM_F_EXCL } from "../sys/netlink_message.ts";
import { deleteLink } from "./delete.ts";
import {
  IFF_UP,
  IFLA_ADDRESS,
  IFLA_IFNAME,
  IFLA_INFO_DATA,
  IFLA_INFO_KIND,
  IFLA_LINKINFO,
  IFLA_MTU,
  type LinkDescription,
  linkMessage,
  RTM_NEWLINK,
} from "./link_message.ts";
import { findLink, needLink, place, toLink } from "./look_up.ts";

const IFLA_VXLAN_ID = 1;
const IFLA_VXLAN_LINK = 3;
const IFLA_VXLAN_LOCAL = 4;
const IFLA_VXLAN_LEARNING = 7;
const IFLA_VXLAN_PORT = 15;
const IFLA_VXLAN_LOCAL6 = 17;
const IFLA_VXLAN_UDP_ZERO_CSUM6_RX = 20;
const MAX_VNI = 0xffffff;

/** See `ensure-vxlan` of the contract. */
export function ensureVxlan(context: HostContext, name: string, options: VxlanOptions): Link {
  const { vni, port } = options;
  if (!(vni >= 1 && vni <= MAX_VNI)) throw outOfBounds(name, "VNI", vni, MAX_VNI);
  if (!(port >= 1 && port <= 0xffff)) throw outOfBounds(name, "UDP port", port, 0xffff);
  const local = parseAddress(options.local);
  const netlink = context.netlink("host");
  const parent = options.parent === undefined
    ? undefined
    : needLink(context, "host", options.parent, `create the VXLAN device ${name} on`).index;
  const present = findLink(netlink, "host", name);
  if (present && present.kind !== "vxlan") {
    throw new HostCallError(
      "invalid",
      `Cannot use ${place("host", name)} as a VXLAN device as it is of kind "${present.kind || "device"}"`,
    );
  }
  if (present && !fits(present, options, local, parent)) deleteLink(context, "host", name);
  if (!present || !fits(present, options, local, parent)) {
    context.record({ kind: "link-created", ns: "host", name, linkKind: "vxlan" });
    try {
      netlink.request(createMessage(name, options, local, parent));
    } catch (error) {
      const words = isErrno(error, EEXIST) ? ` (another device may have VNI ${vni} on port ${port})` : "";
      throw hostCallError(`create the VXLAN device ${place("host", name)}${words}`, error);
    }
  }
  const link = needLink(context, "host", name, "look up");
  if (!link.up) {
    if (present?.index === link.index) {
      context.record({ kind: "link-changed", ns: "host", name, before: { up: false }, after: { up: true } });
    }
    // Another program may have the UDP port.
    orTakeBack(context, () => {
      attempt(`set ${place("host", name)} up`, () => {
        netlink.request(linkMessage(RTM_NEWLINK, { index: link.index, flags: IFF_UP, change: IFF_UP }));
      });
    }, (quiet) => link.index === present?.index ? undefined : deleteLink(quiet, "host", name));
  }
  return toLink(netlink, "host", needLink(context, "host", name, "look up"));
}

function createMessage(
  name: string,
  { vni, port, learning, mtu, mac }: VxlanOptions,
  local: IpAddress,
  parent: number | undefined,
): NetlinkMessage {
  const message = linkMessage(RTM_NEWLINK, { messageFlags: NLM_F_CREATE | NLM_F_EXCL }).string(IFLA_IFNAME, name);
  if (mtu !== undefined) message.attrU32(IFLA_MTU, mtu);
  if (mac !== undefined) message.bytes(IFLA_ADDRESS, parseMac(mac));
  return message.nest(IFLA_LINKINFO, (info) => {
    info.string(IFLA_INFO_KIND, "vxlan").nest(IFLA_INFO_DATA, (data) => {
      data.attrU32(IFLA_VXLAN_ID, vni)
        .attrU16be(IFLA_VXLAN_PORT, port)
        .attrU8(IFLA_VXLAN_LEARNING, learning ? 1 : 0)
        .bytes(local.family === AF_INET ? IFLA_VXLAN_LOCAL : IFLA_VXLAN_LOCAL6, local.bytes);
      // Over IPv6 the kernel sends checksums; a peer that saves them is listened to nevertheless (RFC 6935).
      if (local.family !== AF_INET) data.attrU8(IFLA_VXLAN_UDP_ZERO_CSUM6_RX, 1);
      if (parent !== undefined) data.attrU32(IFLA_VXLAN_LINK, parent);
    });
  });
}

/** Whether the device does what the options ask for. */
function fits({ data, mtu, mac }: LinkDescription, options: VxlanOptions, local: IpAddress, parent?: number): boolean {
  const tunnel = data?.bytes(local.family === AF_INET ? IFLA_VXLAN_LOCAL : IFLA_VXLAN_LOCAL6);
  return data?.u32(IFLA_VXLAN_ID) === options.vni &&
    data.u16be(IFLA_VXLAN_PORT) === options.port &&
    (data.u8(IFLA_VXLAN_LEARNING) === 1) === options.learning &&
    (data.u32(IFLA_VXLAN_LINK) ?? 0) === (parent ?? 0) &&
    tunnel !== undefined && formatAddress(tunnel) === formatAddress(local.bytes) &&
    (options.mtu === undefined || options.mtu === mtu) &&
    (options.mac === undefined || options.mac.toLowerCase() === mac);
}

function outOfBounds(name: string, what: string, value: number, most: number): HostCallError {
  return new HostCallError(
    "invalid",
    `Cannot create the VXLAN device ${name} as its ${what} must be 1 to ${most}: ${value}`,
  );
}
