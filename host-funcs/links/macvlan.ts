// macvlan links.

import type { Link, MacvlanMode, MacvlanOptions } from "cnidaria:cni/links@0.3.0";
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
  IFLA_LINK,
  IFLA_LINKINFO,
  IFLA_MTU,
  IFLA_NET_NS_FD,
  linkMessage,
  RTM_NEWLINK,
} from "./link_message.ts";
import { findLink, needLink, place, toLink } from "./look_up.ts";

const IFLA_MACVLAN_MODE = 1;
const modes: Readonly<Record<MacvlanMode, number>> = { private: 1, vepa: 2, bridge: 4, passthru: 8 };

/** See `create-macvlan` of the contract. It is made in the container's namespace, under its final name; down. */
export function createMacvlan(context: HostContext, options: MacvlanOptions): Link {
  const { name, mode, mtu } = options;
  const container = context.netlink("container");
  if (findLink(container, "container", name)) {
    throw new HostCallError(
      "exists",
      `Cannot create the macvlan ${place("container", name)} as it exists already (EEXIST)`,
      17,
    );
  }
  const mac = options.mac === undefined ? undefined : parseMac(options.mac);
  const parent = needLink(context, "host", options.parent, `create the macvlan ${name} on`);
  const asked = { ...mtu === undefined ? {} : { mtu }, ...mac === undefined ? {} : { mac: formatMac(mac) } };
  context.record({ kind: "link-created", ns: "container", name, linkKind: "macvlan", ...asked });
  const message = linkMessage(RTM_NEWLINK, { messageFlags: NLM_F_CREATE | NLM_F_EXCL })
    .string(IFLA_IFNAME, name)
    .attrU32(IFLA_LINK, parent.index)
    .attrU32(IFLA_NET_NS_FD, context.namespace("container").fd);
  if (mtu !== undefined) message.attrU32(IFLA_MTU, mtu);
  if (mac !== undefined) message.bytes(IFLA_ADDRESS, mac);
  message.nest(IFLA_LINKINFO, (info) => {
    info.string(IFLA_INFO_KIND, "macvlan")
      .nest(IFLA_INFO_DATA, (data) => data.attrU32(IFLA_MACVLAN_MODE, modes[mode]));
  });
  attempt(
    `create the macvlan ${place("container", name)} on ${options.parent}`,
    () => context.netlink("host").request(message),
  );
  return toLink(container, "container", needLink(context, "container", name, "look up"));
}
