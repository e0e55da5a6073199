// VLANs of bridge ports. Source: include/uapi/linux/if_bridge.h (bridge_vlan_info).

import type { Vlan } from "cnidaria:cni/links@0.3.0";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { EOPNOTSUPP, hostCallError, isErrno } from "../sys/errno.ts";
import type { NetlinkMessage } from "../sys/netlink_message.ts";
import { AF_BRIDGE, IFLA_AF_SPEC, linkMessage, RTM_DELLINK, RTM_SETLINK } from "./link_message.ts";
import { needLink, place } from "./look_up.ts";

const IFLA_BRIDGE_FLAGS = 0;
const IFLA_BRIDGE_VLAN_INFO = 2;
const BRIDGE_FLAGS_SELF = 2;
const BRIDGE_VLAN_INFO_PVID = 2;
const BRIDGE_VLAN_INFO_UNTAGGED = 4;
const BRIDGE_VLAN_INFO_RANGE_BEGIN = 8;
const BRIDGE_VLAN_INFO_RANGE_END = 16;
const MAX_VLAN = 4094;

/** See `add-vlans` of the contract. */
export function addVlans(context: HostContext, name: string, vlans: readonly Vlan[]): void {
  change(context, name, vlans, "vlans-added");
}

/** See `remove-vlans` of the contract. */
export function removeVlans(context: HostContext, name: string, vlans: readonly Vlan[]): void {
  change(context, name, vlans, "vlans-removed");
}

function change(
  context: HostContext,
  name: string,
  vlans: readonly Vlan[],
  kind: "vlans-added" | "vlans-removed",
): void {
  const verb = kind === "vlans-added" ? "add VLANs to" : "remove VLANs of";
  const link = needLink(context, "host", name, verb);
  for (const { first, last } of vlans) {
    if (first >= 1 && first <= last && last <= MAX_VLAN) continue;
    throw new HostCallError(
      "invalid",
      `Cannot ${verb} ${place("host", name)} as VLANs are 1 to ${MAX_VLAN}: ${first} to ${last}`,
    );
  }
  if (vlans.length === 0) return;
  const self = link.kind === "bridge";
  context.record({ kind, name, vlans: vlans.map((vlan) => ({ ...vlan })) });
  const type = kind === "vlans-added" ? RTM_SETLINK : RTM_DELLINK;
  const error = context.netlink("host").batch([vlanMessage(type, link.index, self, vlans)]).find((answer) => answer);
  if (isErrno(error, EOPNOTSUPP)) throw unsupported(verb, name);
  if (error) throw hostCallError(`${verb} ${place("host", name)}`, error);
}

/** All ranges in one message: RTM_SETLINK adds them, RTM_DELLINK removes them. */
export function vlanMessage(type: number, index: number, self: boolean, vlans: readonly Vlan[]): NetlinkMessage {
  return linkMessage(type, { index, family: AF_BRIDGE }).nest(IFLA_AF_SPEC, (spec) => {
    if (self) spec.attrU16(IFLA_BRIDGE_FLAGS, BRIDGE_FLAGS_SELF);
    for (const { first, last, pvid, untagged } of vlans) {
      const flags = (pvid ? BRIDGE_VLAN_INFO_PVID : 0) | (untagged ? BRIDGE_VLAN_INFO_UNTAGGED : 0);
      if (first === last) {
        spec.bytes(IFLA_BRIDGE_VLAN_INFO, vlanInfo(flags, first));
      } else {
        spec.bytes(IFLA_BRIDGE_VLAN_INFO, vlanInfo(flags | BRIDGE_VLAN_INFO_RANGE_BEGIN, first));
        spec.bytes(IFLA_BRIDGE_VLAN_INFO, vlanInfo(flags | BRIDGE_VLAN_INFO_RANGE_END, last));
      }
    }
  });
}

function vlanInfo(flags: number, vlan: number): Uint8Array {
  return Uint8Array.of(flags & 0xff, flags >> 8, vlan & 0xff, vlan >> 8);
}

function unsupported(verb: string, name: string): HostCallError {
  return new HostCallError(
    "unsupported",
    `Cannot ${verb} ${place("host", name)} as this kernel is built without CONFIG_BRIDGE_VLAN_FILTERING, or the link ` +
      "is no port of a bridge: remove vlan and vlanTrunk from the configuration",
    EOPNOTSUPP,
  );
}
