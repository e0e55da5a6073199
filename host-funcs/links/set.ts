// Changing a link that exists.

import type { LinkChanges, LinkTuning } from "cnidaria:cni/links@0.3.0";
import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { LinkAttributes } from "../change.ts";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { orTakeBack } from "../take_back.ts";
import { hostCallError } from "../sys/errno.ts";
import { parseMac } from "../sys/mac_address.ts";
import type { NetlinkMessage } from "../sys/netlink_message.ts";
import {
  IFF_ALLMULTI,
  IFF_PROMISC,
  IFF_UP,
  IFLA_ADDRESS,
  IFLA_BRPORT_ISOLATED,
  IFLA_BRPORT_MODE,
  IFLA_INFO_SLAVE_DATA,
  IFLA_INFO_SLAVE_KIND,
  IFLA_LINKINFO,
  IFLA_MASTER,
  IFLA_MTU,
  IFLA_TXQLEN,
  linkMessage,
  RTM_NEWLINK,
} from "./link_message.ts";
import { needLink, place, toLink } from "./look_up.ts";

/** What `set` and `tune` of the contract change. */
type Changes = LinkChanges & LinkTuning;

const OWN_KEYS = ["up", "mtu", "mac", "promisc", "allmulti", "queueLength"] as const;

/** See `set` and `tune` of the contract. What the link has already is neither recorded nor sent. */
export function setLink(context: HostContext, ns: Ns, name: string, changes: Changes): void {
  const netlink = context.netlink(ns);
  const description = needLink(context, ns, name, "change");
  const { allmulti, queueLength } = description;
  const present = { ...toLink(netlink, ns, description), allmulti, queueLength };
  const before: LinkAttributes = {};
  const wanted: Changes = {};
  for (const key of OWN_KEYS) {
    const value = key === "mac" ? changes.mac?.toLowerCase() : changes[key];
    if (value === undefined || value === present[key]) continue;
    Object.assign(wanted, { [key]: value });
    Object.assign(before, { [key]: present[key] });
  }
  if (changes.master !== undefined && changes.master !== (present.master ?? "")) {
    wanted.master = changes.master;
    before.master = present.master ?? "";
  }
  for (const key of ["hairpin", "isolated"] as const) {
    const value = changes[key];
    // A port that joins its bridge by this call has the kernel's initial values, false.
    const had = wanted.master === undefined ? present.port?.[key] : false;
    if (value === undefined || value === had) continue;
    if (had === undefined || wanted.master === "") {
      throw new HostCallError(
        "invalid",
        `Cannot set ${key} of ${place(ns, name)} as it is no port of a bridge: set its master first`,
      );
    }
    wanted[key] = value;
    // Leaving the bridge takes the port's attributes with it.
    if (wanted.master === undefined) before[key] = had;
  }
  if (Object.keys(wanted).length === 0) return;
  const master = wanted.master
    ? needLink(context, ns, wanted.master, `put ${name} into the bridge`).index
    : wanted.master === ""
    ? 0
    : undefined;
  const messages = changeMessages(present.index, wanted, master);
  context.record({ kind: "link-changed", ns, name, before, after: { ...wanted } });
  orTakeBack(context, () => {
    const error = netlink.batch(messages).find((answer) => answer !== undefined);
    if (error) throw hostCallError(`set ${describe(wanted)} of ${place(ns, name)}`, error);
  }, (quiet) => setLink(quiet, ns, name, before));
}

/** One message; two where the port's attributes depend on a master that is set as well. */
function changeMessages(index: number, wanted: Changes, master: number | undefined): NetlinkMessage[] {
  const asked = [[wanted.up, IFF_UP], [wanted.promisc, IFF_PROMISC], [wanted.allmulti, IFF_ALLMULTI]] as const;
  const change = asked.reduce((all, [value, flag]) => value === undefined ? all : all | flag, 0);
  const flags = asked.reduce((all, [value, flag]) => value ? all | flag : all, 0);
  const message = linkMessage(RTM_NEWLINK, { index, flags, change });
  if (wanted.mac !== undefined) message.bytes(IFLA_ADDRESS, parseMac(wanted.mac));
  if (wanted.mtu !== undefined) message.attrU32(IFLA_MTU, wanted.mtu);
  if (wanted.queueLength !== undefined) message.attrU32(IFLA_TXQLEN, wanted.queueLength);
  if (master !== undefined) message.attrU32(IFLA_MASTER, master);
  if (wanted.hairpin === undefined && wanted.isolated === undefined) return [message];
  const port = master === undefined ? message : linkMessage(RTM_NEWLINK, { index });
  port.nest(IFLA_LINKINFO, (info) => {
    info.string(IFLA_INFO_SLAVE_KIND, "bridge").nest(IFLA_INFO_SLAVE_DATA, (data) => {
      if (wanted.hairpin !== undefined) data.attrU8(IFLA_BRPORT_MODE, wanted.hairpin ? 1 : 0);
      if (wanted.isolated !== undefined) data.attrU8(IFLA_BRPORT_ISOLATED, wanted.isolated ? 1 : 0);
    });
  });
  return port === message ? [message] : [message, port];
}

function describe(wanted: Changes): string {
  const noun = (key: string) => key === "queueLength" ? "the transmit queue length" : key;
  return Object.entries(wanted).map(([key, value]) => `${noun(key)} ${value === "" ? "none" : value}`).join(", ");
}
