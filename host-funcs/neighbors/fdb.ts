// Forwarding entries: of a bridge's port (the bridge holds them), and of a VXLAN device (it holds them itself, and an
// entry names the remote host). The all-zero MAC of a VXLAN device is where frames to unknown MACs go: a list.

import type { FdbEntry } from "cnidaria:cni/neighbors@0.3.0";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import type { LinkDescription } from "../links/link_message.ts";
import { AF_BRIDGE } from "../links/link_message.ts";
import { needLink, place } from "../links/look_up.ts";
import { attempt, ENOENT } from "../sys/errno.ts";
import { formatAddress, parseAddress } from "../sys/ip_address.ts";
import { parseMac } from "../sys/mac_address.ts";
import { NLM_F_APPEND, NLM_F_CREATE, NLM_F_REPLACE } from "../sys/netlink_message.ts";
import {
  type NeighborDescription,
  neighborMessage,
  neighborQuery,
  NTF_MASTER,
  NTF_SELF,
  NUD_NOARP,
  NUD_PERMANENT,
  readNeighbor,
  RTM_DELNEIGH,
  RTM_NEWNEIGH,
} from "./neighbor_message.ts";

/** See `fdb-list` of the contract. */
export function listFdb(context: HostContext, link: string): FdbEntry[] {
  return entriesOf(context, needLink(context, "host", link, "list the forwarding entries of"));
}

/** See `fdb-set` of the contract. */
export function setFdb(context: HostContext, entry: FdbEntry): void {
  const { device, vxlan, mac, dst, what } = examine(context, entry, "set the forwarding entry");
  const sameMac = entriesOf(context, device).filter((present) => present.mac === mac);
  if (sameMac.some((present) => present.dst === dst)) return;
  const unknown = vxlan && /^[0:]+$/.test(mac);
  const replaced = unknown ? [] : sameMac;
  for (const { dst } of replaced) {
    context.record({ kind: "fdb-removed", link: entry.link, mac, ...dst === undefined ? {} : { dst } });
  }
  context.record({ kind: "fdb-set", link: entry.link, mac, ...dst === undefined ? {} : { dst } });
  const message = neighborMessage(RTM_NEWNEIGH, {
    family: AF_BRIDGE,
    index: device.index,
    mac: parseMac(mac),
    address: dst === undefined ? undefined : parseAddress(dst).bytes,
    state: vxlan ? NUD_PERMANENT : NUD_NOARP,
    flags: vxlan ? NTF_SELF : NTF_MASTER,
    messageFlags: NLM_F_CREATE | (unknown ? NLM_F_APPEND : NLM_F_REPLACE),
  });
  attempt(what, () => context.netlink("host").request(message));
}

/** See `fdb-remove` of the contract. */
export function removeFdb(context: HostContext, entry: FdbEntry): void {
  const { device, vxlan, mac, dst, what } = examine(context, entry, "remove the forwarding entry");
  if (!entriesOf(context, device).some((present) => present.mac === mac && (!dst || present.dst === dst))) {
    throw new HostCallError("not-found", `Cannot ${what} as there is none (ENOENT)`, ENOENT);
  }
  context.record({ kind: "fdb-removed", link: entry.link, mac, ...dst === undefined ? {} : { dst } });
  const message = neighborMessage(RTM_DELNEIGH, {
    family: AF_BRIDGE,
    index: device.index,
    mac: parseMac(mac),
    address: dst === undefined ? undefined : parseAddress(dst).bytes,
    flags: vxlan ? NTF_SELF : NTF_MASTER,
  });
  attempt(what, () => context.netlink("host").request(message));
}

function examine(context: HostContext, entry: FdbEntry, verb: string) {
  const what = `${verb} ${entry.mac} of ${place("host", entry.link)}`;
  parseMac(entry.mac);
  const dst = entry.dst === undefined ? undefined : formatAddress(parseAddress(entry.dst).bytes);
  const device = needLink(context, "host", entry.link, `${verb} ${entry.mac} of`);
  const vxlan = device.kind === "vxlan";
  if (!vxlan && dst !== undefined) {
    throw new HostCallError("invalid", `Cannot ${what} as only a VXLAN device takes a remote address: ${dst}`);
  }
  if (!vxlan && device.port === undefined) {
    throw new HostCallError("invalid", `Cannot ${what} as it is neither a VXLAN device nor a port of a bridge`);
  }
  return { device, vxlan, mac: entry.mac.toLowerCase(), dst, what };
}

function entriesOf(context: HostContext, device: LinkDescription): FdbEntry[] {
  return toEntries(device, dump(context, place("host", device.name), device.index));
}

/** The forwarding entries of all links of the host, by the link's index. */
export function listAllFdb(context: HostContext): Map<number, NeighborDescription[]> {
  return Map.groupBy(dump(context, "all links"), ({ linkIndex }) => linkIndex);
}

/** @param entries may have those of other links */
export function toEntries(device: LinkDescription, entries: readonly NeighborDescription[]): FdbEntry[] {
  return entries
    .filter((entry) => entry.linkIndex === device.index && (device.kind === "vxlan" || entry.ofBridge))
    .map(({ mac, address }) => ({ mac, link: device.name, ...address === undefined ? {} : { dst: address } }));
}

function dump(context: HostContext, whose: string, index?: number): NeighborDescription[] {
  const what = `list the forwarding entries of ${whose}`;
  return attempt(what, () => context.netlink("host").dump(neighborQuery(AF_BRIDGE, index)))
    .map(readNeighbor)
    .filter((entry) => entry !== undefined);
}
