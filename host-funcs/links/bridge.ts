// Bridges.

import type { BridgeOptions, Link } from "cnidaria:cni/links@0.3.0";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { orTakeBack } from "../take_back.ts";
import { attempt, EEXIST, EOPNOTSUPP, hostCallError, isErrno } from "../sys/errno.ts";
import { formatMac, randomMac } from "../sys/mac_address.ts";
import { NLM_F_CREATE, NLM_F_EXCL } from "../sys/netlink_message.ts";
import { deleteLink } from "./delete.ts";
import {
  IFF_UP,
  IFLA_ADDRESS,
  IFLA_BR_VLAN_DEFAULT_PVID,
  IFLA_BR_VLAN_FILTERING,
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

const DEFAULT_MTU = 1500;

/** See `ensure-bridge` of the contract. */
export function ensureBridge(context: HostContext, name: string, options: BridgeOptions): Link {
  const netlink = context.netlink("host");
  const bridge = findLink(netlink, "host", name) ?? createBridge(context, name, options);
  if (bridge.kind !== "bridge") {
    throw new HostCallError(
      "invalid",
      `Cannot use ${place("host", name)} as a bridge as it is of kind "${bridge.kind || "device"}": ` +
        `choose another name, or remove it with: ip link delete ${name}`,
    );
  }
  if (options.vlanFiltering && bridge.vlanFiltering !== true) filterVlans(context, bridge, options);
  if (!bridge.up) {
    context.record({ kind: "link-changed", ns: "host", name, before: { up: false }, after: { up: true } });
    attempt(`set ${place("host", name)} up`, () => {
      netlink.request(linkMessage(RTM_NEWLINK, { index: bridge.index, flags: IFF_UP, change: IFF_UP }));
    });
  }
  return toLink(netlink, "host", needLink(context, "host", name, "look up"));
}

/**
 * Makes it with a MAC of its own and an MTU that was set by name: the kernel changes neither when ports come and go.
 * (It takes the lowest of the ports' otherwise.) An MTU counts as set only if it differs from the one before, so the
 * bridge is made with another.
 */
export function createBridge(
  context: HostContext,
  name: string,
  options: BridgeOptions,
  mac = randomMac(),
): LinkDescription {
  const mtu = options.mtu ?? DEFAULT_MTU;
  const { vlanFiltering, defaultVlan } = options;
  const netlink = context.netlink("host");
  const made = { mac: formatMac(mac), mtu, vlanFiltering, defaultVlan };
  context.record({ kind: "link-created", ns: "host", name, linkKind: "bridge", ...made });
  const create = linkMessage(RTM_NEWLINK, { messageFlags: NLM_F_CREATE | NLM_F_EXCL })
    .string(IFLA_IFNAME, name)
    .bytes(IFLA_ADDRESS, mac)
    .attrU32(IFLA_MTU, mtu === 68 ? 69 : mtu - 1)
    .nest(IFLA_LINKINFO, (info) => {
      info.string(IFLA_INFO_KIND, "bridge");
      if (!options.vlanFiltering) return;
      info.nest(IFLA_INFO_DATA, (data) => {
        data.attrU8(IFLA_BR_VLAN_FILTERING, 1);
        if (!options.defaultVlan) data.attrU16(IFLA_BR_VLAN_DEFAULT_PVID, 0);
      });
    });
  try {
    netlink.request(create);
  } catch (error) {
    if (options.vlanFiltering && isErrno(error, EOPNOTSUPP)) throw withoutFiltering(name);
    // Another process made it a moment ago: the undo tells ours from theirs by the MAC.
    if (isErrno(error, EEXIST)) return needLink(context, "host", name, "look up");
    throw hostCallError(`create the bridge ${place("host", name)}`, error);
  }
  const { index } = needLink(context, "host", name, "look up");
  orTakeBack(context, () => {
    attempt(`set the MTU of ${place("host", name)} to ${mtu} and set it up`, () => {
      netlink.request(linkMessage(RTM_NEWLINK, { index, flags: IFF_UP, change: IFF_UP }).attrU32(IFLA_MTU, mtu));
    });
  }, (quiet) => deleteLink(quiet, "host", name));
  return needLink(context, "host", name, "look up");
}

function filterVlans(context: HostContext, { index, name }: LinkDescription, options: BridgeOptions): void {
  context.record({
    kind: "link-changed",
    ns: "host",
    name,
    before: { vlanFiltering: false },
    after: { vlanFiltering: true },
  });
  try {
    context.netlink("host").request(vlanFilteringMessage(index, true, options.defaultVlan));
  } catch (error) {
    if (isErrno(error, EOPNOTSUPP)) throw withoutFiltering(name);
    throw hostCallError(`filter VLANs on the bridge ${place("host", name)}`, error);
  }
}

function withoutFiltering(name: string): HostCallError {
  return new HostCallError(
    "unsupported",
    `Cannot filter VLANs on the bridge ${place("host", name)} as this kernel is built without ` +
      "CONFIG_BRIDGE_VLAN_FILTERING: remove vlan, vlanTrunk and preserveDefaultVlan from the configuration",
    EOPNOTSUPP,
  );
}

/** Switches VLAN filtering of a bridge, with the default PVID (1) of ports that join later, or without one. */
export function vlanFilteringMessage(index: number, on: boolean, defaultVlan = true) {
  return linkMessage(RTM_NEWLINK, { index }).nest(IFLA_LINKINFO, (info) => {
    info.string(IFLA_INFO_KIND, "bridge").nest(IFLA_INFO_DATA, (data) => {
      data.attrU8(IFLA_BR_VLAN_FILTERING, on ? 1 : 0);
      if (!defaultVlan) data.attrU16(IFLA_BR_VLAN_DEFAULT_PVID, 0);
    });
  });
}
