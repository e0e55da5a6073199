// veth pairs.

import type { VethOptions, VethPair } from "cnidaria:cni/links@0.3.0";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { attempt } from "../sys/errno.ts";
import { formatMac, parseMac } from "../sys/mac_address.ts";
import { NLM_F_CREATE, NLM_F_EXCL } from "../sys/netlink_message.ts";
import {
  IFLA_ADDRESS,
  IFLA_IFNAME,
  IFLA_INFO_DATA,
  IFLA_INFO_KIND,
  IFLA_LINKINFO,
  IFLA_MASTER,
  IFLA_MTU,
  IFLA_NET_NS_FD,
  linkMessage,
  RTM_NEWLINK,
} from "./link_message.ts";
import { checkLinkName, findLink, needLink, place, toLink } from "./look_up.ts";

/** include/uapi/linux/veth.h; its value begins with an ifinfomsg. */
const VETH_INFO_PEER = 1;

/**
 * See `create-veth` of the contract. One message makes both ends where they belong: nothing is moved or renamed, so no
 * half-made end is ever seen, or left.
 */
export function createVeth(context: HostContext, options: VethOptions): VethPair {
  const { peerNs, peerName, peerMac, mtu } = options;
  checkLinkName(peerName);
  const mac = peerMac === undefined ? undefined : parseMac(peerMac);
  const netlink = context.netlink("host");
  if (findLink(context.netlink(peerNs), peerNs, peerName)) throw taken(`${place(peerNs, peerName)}`);
  const name = options.name ?? freeName(context);
  if (options.name !== undefined && findLink(netlink, "host", name)) throw taken(place("host", name));
  const master = options.master === undefined
    ? undefined
    : needLink(context, "host", options.master, `create ${place("host", name)} in the bridge`);
  context.record({
    kind: "link-created",
    ns: "host",
    name,
    linkKind: "veth",
    ...mtu === undefined ? {} : { mtu },
    ...options.master === undefined ? {} : { master: options.master },
    peer: { ns: peerNs, name: peerName, ...mac === undefined ? {} : { mac: formatMac(mac) } },
  });
  const message = linkMessage(RTM_NEWLINK, { messageFlags: NLM_F_CREATE | NLM_F_EXCL }).string(IFLA_IFNAME, name);
  if (mtu !== undefined) message.attrU32(IFLA_MTU, mtu);
  if (master !== undefined) message.attrU32(IFLA_MASTER, master.index);
  message.nest(IFLA_LINKINFO, (info) => {
    info.string(IFLA_INFO_KIND, "veth").nest(IFLA_INFO_DATA, (data) => {
      data.nest(VETH_INFO_PEER, (peer) => {
        peer.u32(0).u32(0).u32(0).u32(0).string(IFLA_IFNAME, peerName);
        if (mtu !== undefined) peer.attrU32(IFLA_MTU, mtu);
        if (mac !== undefined) peer.bytes(IFLA_ADDRESS, mac);
        if (peerNs === "container") peer.attrU32(IFLA_NET_NS_FD, context.namespace("container").fd);
      });
    });
  });
  attempt(
    `create the veth pair ${place("host", name)} and ${place(peerNs, peerName)}`,
    () => netlink.request(message),
  );
  const peer = context.netlink(peerNs);
  return {
    host: toLink(netlink, "host", needLink(context, "host", name, "look up")),
    peer: toLink(peer, peerNs, needLink(context, peerNs, peerName, "look up")),
  };
}

/** A name that no link of the host has: 2^32 are possible, so the first is free but for chance. */
function freeName(context: HostContext): string {
  for (let attempts = 0; attempts < 16; attempts++) {
    const [number] = crypto.getRandomValues(new Uint32Array(1));
    const name = `veth${number!.toString(16).padStart(8, "0")}`;
    if (!findLink(context.netlink("host"), "host", name)) return name;
  }
  throw new HostCallError("exhausted", "Cannot name a veth on the host as 16 random names are all taken");
}

function taken(where: string): HostCallError {
  return new HostCallError("exists", `Cannot create the veth ${where} as it exists already (EEXIST)`, 17);
}
