// Telling a link who has an address: by gratuitous ARP (RFC 5227 section 3) or an unsolicited neighbour advertisement
// with the override flag (RFC 4861 section 7.2.6).
//
// The kernel composes and sends it, for all addresses of the link: `arp_notify` and `ndisc_notify` make it do so when
// the link is given a MAC, even the one it has. A packet socket would do as well, but the kernel waits for an RCU grace
// period when one is closed, also at the process's end: 8 to 16 ms, against 0.1 for this.

import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { IFLA_ADDRESS, linkMessage, RTM_NEWLINK } from "../links/link_message.ts";
import { needLink, place } from "../links/look_up.ts";
import { hostCallError } from "../sys/errno.ts";
import { AF_INET, parseAddress } from "../sys/ip_address.ts";
import { parseMac } from "../sys/mac_address.ts";
import { readParameter, writeParameter } from "../sysctl/file.ts";
import { listNeighbors, neighborSetting } from "./neighbors.ts";

/** See `announce` of the contract. */
export function announce(context: HostContext, ns: Ns, name: string, address: string): void {
  const { family } = parseAddress(address);
  const what = `announce ${address} on ${place(ns, name)}`;
  const link = needLink(context, ns, name, `announce ${address} on`);
  if (!link.up) throw new HostCallError("invalid", `Cannot ${what} as the link is down: set it up first`);
  const key = family === AF_INET ? `net/ipv4/conf/${name}/arp_notify` : `net/ipv6/conf/${name}/ndisc_notify`;
  const path = `/proc/sys/${key}`;
  // A link that is given a MAC loses its neighbours: those that were set on purpose are set again.
  const kept = listNeighbors(context, ns, name).filter((neighbor) => neighbor.permanent);
  const messages = [
    linkMessage(RTM_NEWLINK, { index: link.index }).bytes(IFLA_ADDRESS, parseMac(link.mac)),
    ...kept.map((neighbor) => neighborSetting(link.index, neighbor)),
  ];
  const send = () => {
    const error = context.netlink(ns).batch(messages).find((answer) => answer !== undefined);
    if (error) throw hostCallError(what, error);
  };
  const before = readParameter(context, ns, path);
  if (before === "1") return send();
  context.record({ kind: "sysctl-set", ns, key, before });
  writeParameter(context, ns, path, "1");
  try {
    send();
  } finally {
    writeParameter(context, ns, path, before);
  }
}
