// VXLAN devices. Source: include/uapi/linux/if_link.h, RFC 7348.

import type { Link, VxlanOptions } from "cnidaria:cni/links@0.3.0";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { orTakeBack } from "../take_back.ts";
import { attempt, EEXIST, hostCallError, isErrno } from "../sys/errno.ts";
import { formatAddress, type IpAddress, parseAddress } from "../sys/ip_address.ts";
import { NLM_F_CREATE, NLM_F_EXCL } from "../sys/netlink_message.ts";
import { deleteLink } from "./delete.ts";
import { IFF_UP, type LinkDescription, linkMessage, RTM_NEWLINK } from "./link_message.ts";
import { findLink, needLink, place, toLink } from "./look_up.ts";
import { readVxlan, vxlanMessage } from "./vxlan_message.ts";

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
      const tunnel = { ...options, local, parent: parent ?? 0 };
      netlink.request(vxlanMessage(NLM_F_CREATE | NLM_F_EXCL, { name }, tunnel, options));
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

/** Whether the device does what the options ask for. */
function fits(present: LinkDescription, options: VxlanOptions, local: IpAddress, parent = 0): boolean {
  const tunnel = readVxlan(present);
  return tunnel !== undefined &&
    tunnel.vni === options.vni &&
    tunnel.port === options.port &&
    tunnel.learning === options.learning &&
    tunnel.parent === parent &&
    tunnel.local === formatAddress(local.bytes) &&
    (options.mtu === undefined || options.mtu === present.mtu) &&
    (options.mac === undefined || options.mac.toLowerCase() === present.mac);
}

function outOfBounds(name: string, what: string, value: number, most: number): HostCallError {
  return new HostCallError(
    "invalid",
    `Cannot create the VXLAN device ${name} as its ${what} must be 1 to ${most}: ${value}`,
  );
}
