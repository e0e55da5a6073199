// The overlay's VXLAN device: what is wrong with it, and making it right. One that fits is kept, whoever made it, and so
// is what can be changed in place: routes, and the connections of pods, go with a device.

import type { VxlanDevice } from "cnidaria:cni/controller@0.3.0";
import { HostCallError } from "../error.ts";
import {
  IFF_UP,
  IFLA_ADDRESS,
  IFLA_AF_SPEC,
  IFLA_IFNAME,
  IFLA_MTU,
  type LinkDescription,
  linkMessage,
  linkQuery,
  readLink,
  RTM_DELLINK,
  RTM_NEWLINK,
} from "../links/link_message.ts";
import { readVxlan, vxlanMessage, type VxlanSettings } from "../links/vxlan_message.ts";
import { attempt, EBUSY, EEXIST, hostCallError, isErrno, KernelError } from "../sys/errno.ts";
import { AF_INET6, formatAddress, parseAddress } from "../sys/ip_address.ts";
import { parseMac } from "../sys/mac_address.ts";
import { NLM_F_CREATE, NLM_F_EXCL } from "../sys/netlink_message.ts";
import type { RouteNetlink } from "../sys/netlink_socket.ts";
import type { LinkNames } from "./kernel.ts";

const IFLA_INET6_ADDR_GEN_MODE = 8;
const IN6_ADDR_GEN_MODE_NONE = 1;

export interface DeviceFinding {
  /** The device, under its name or another; undefined where there is none that could be ours. */
  readonly link?: LinkDescription;
  /** What is wrong with it, a phrase each: `its MTU is 1400, not 1450`. */
  readonly wrong: readonly string[];
  /** It has to be made anew: that cannot be changed. */
  readonly unfit: boolean;
  /** Of what can be changed, what has to be. */
  readonly tunnel: Omit<VxlanSettings, "vni">;
}

/**
 * @param known index that the device had: it is ours under any name
 * @throws {HostCallError} `exists` where something else has the device's place
 */
export function examineDevice(links: LinkNames, wanted: VxlanDevice, known?: number): DeviceFinding {
  const parent = links.named(wanted.parent);
  const named = links.named(wanted.name);
  if (named && named.kind !== "vxlan") {
    throw new HostCallError(
      "exists",
      `Cannot make the VXLAN device ${wanted.name} as a link of kind "${named.kind || "device"}" has its name: ` +
        "rename that one, or remove it",
    );
  }
  const finding = named && examineLink(named, wanted, parent?.index ?? 0);
  if (finding && !finding.unfit) return finding;
  const other = links.all.find((link) => link !== named && isInTheWay(link, wanted));
  if (other === undefined) return finding ?? { wrong: [], unfit: false, tunnel: {} };
  const renamed = examineLink(other, wanted, parent?.index ?? 0);
  if (other.index !== known && renamed.wrong.length > 1) {
    throw new HostCallError(
      "exists",
      `Cannot make the VXLAN device ${wanted.name} as ${other.name} has its VNI ${wanted.vni} and port ${wanted.port}, ` +
        `and is not the same otherwise (${
          renamed.wrong.slice(1).join(", ")
        }): remove it with \`ip link delete ${other.name}\``,
    );
  }
  return renamed;
}

/** @returns whether something was changed: then routes, neighbours and addresses may have gone with it */
export function repairDevice(netlink: RouteNetlink, links: LinkNames, wanted: VxlanDevice, known?: number): boolean {
  const { link, wrong, unfit, tunnel } = examineDevice(links, wanted, known);
  if (link === undefined) return makeDevice(netlink, links, wanted);
  if (wrong.length === 0) return false;
  const unfitting = links.named(wanted.name);
  // The device that has our name, where ours has another.
  if (unfitting && unfitting !== link) deleteDevice(netlink, unfitting);
  if (unfit) return remake(netlink, links, wanted, link);
  if (link.name !== wanted.name) rename(netlink, link, wanted.name);
  if (Object.keys(tunnel).length > 0) {
    try {
      netlink.request(vxlanMessage(0, { index: link.index }, { vni: wanted.vni, ...tunnel }));
    } catch (error) {
      // Kernels differ in what they let change.
      if (!(error instanceof KernelError)) throw error;
      return remake(netlink, links, wanted, link);
    }
  }
  const change = (what: string, message: ReturnType<typeof linkMessage>) =>
    attempt(`set ${what} of ${wanted.name}`, () => netlink.request(message));
  if (link.mac !== wanted.mac.toLowerCase()) {
    const message = linkMessage(RTM_NEWLINK, { index: link.index }).bytes(IFLA_ADDRESS, parseMac(wanted.mac));
    change(`the MAC ${wanted.mac}`, message);
  }
  if (link.mtu !== wanted.mtu) {
    const below = links.named(wanted.parent)?.mtu;
    const what = `the MTU ${wanted.mtu}${below === undefined ? "" : ` (${wanted.parent} below has ${below})`}`;
    change(what, linkMessage(RTM_NEWLINK, { index: link.index }).attrU32(IFLA_MTU, wanted.mtu));
  }
  if (!link.up) setUp(netlink, link.index, wanted);
  return true;
}

export function deleteDevice(netlink: RouteNetlink, { index, name }: LinkDescription): void {
  attempt(`remove the VXLAN device ${name}`, () => netlink.request(linkMessage(RTM_DELLINK, { index })));
}

function examineLink(link: LinkDescription, wanted: VxlanDevice, parent: number): DeviceFinding {
  const present = readVxlan(link)!;
  const wrong: string[] = [];
  const tunnel: { -readonly [K in keyof VxlanSettings]: VxlanSettings[K] } = { vni: wanted.vni };
  const local = parseAddress(wanted.local);
  const isOf = (name: string, found: unknown, wish: unknown) => {
    if (found === wish) return true;
    wrong.push(`its ${name} is ${found === "" ? "none" : found}, not ${wish}`);
    return false;
  };
  isOf("name", link.name, wanted.name);
  let unfit = !isOf("VNI", present.vni, wanted.vni);
  if (!isOf("UDP port", present.port, wanted.port)) unfit = true;
  if (!isOf("group policy (GBP)", present.gbp, wanted.gbp)) unfit = true;
  if (present.otherwise) {
    wrong.push("it has a remote address, a group, or takes the tunnel from each packet");
    unfit = true;
  }
  if (!isOf("local address", present.local, formatAddress(local.bytes))) {
    tunnel.local = local;
    if (present.local === "" || present.local.includes(":") !== wanted.local.includes(":")) unfit = true;
  }
  if (!isOf("link below", present.parent, parent)) tunnel.parent = parent;
  if (!isOf("learning", present.learning, wanted.learning)) tunnel.learning = wanted.learning;
  isOf("MAC", link.mac, wanted.mac.toLowerCase());
  isOf("MTU", link.mtu, wanted.mtu);
  if (!link.up) wrong.push("it is down");
  const { vni: _vni, ...changes } = tunnel;
  return { link, wrong, unfit, tunnel: changes };
}

/** The kernel has one device for a VNI, port and family of the tunnel. */
function isInTheWay(link: LinkDescription, { vni, port, local }: VxlanDevice): boolean {
  const present = readVxlan(link);
  return present?.vni === vni && present.port === port && present.local.includes(":") === local.includes(":");
}

function remake(netlink: RouteNetlink, links: LinkNames, wanted: VxlanDevice, present: LinkDescription): boolean {
  needParent(links, wanted);
  deleteDevice(netlink, present);
  return makeDevice(netlink, links, wanted);
}

function makeDevice(netlink: RouteNetlink, links: LinkNames, wanted: VxlanDevice): true {
  const { name, vni, port, learning, gbp } = wanted;
  const settings = { vni, port, learning, gbp, local: parseAddress(wanted.local), parent: needParent(links, wanted) };
  try {
    netlink.request(vxlanMessage(NLM_F_CREATE | NLM_F_EXCL, { name }, settings, wanted));
  } catch (error) {
    const words = isErrno(error, EEXIST) ? ` (another device may have VNI ${vni} on port ${port})` : "";
    throw hostCallError(`make the VXLAN device ${name} on ${wanted.parent}${words}`, error);
  }
  const index = attempt(`look up ${name}`, () => readLink(netlink.query(linkQuery(name))))!.index;
  // Nobody on the overlay resolves addresses, so a link-local one would only be announced to everybody, in vain.
  netlink.batch([
    linkMessage(RTM_NEWLINK, { index }).nest(IFLA_AF_SPEC, (families) => {
      families.nest(AF_INET6, (family) => family.attrU8(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE));
    }),
  ]);
  setUp(netlink, index, wanted);
  return true;
}

function setUp(netlink: RouteNetlink, index: number, { name, port }: VxlanDevice): void {
  attempt(`set ${name} up, which takes UDP port ${port},`, () => {
    netlink.request(linkMessage(RTM_NEWLINK, { index, flags: IFF_UP, change: IFF_UP }));
  });
}

/** A kernel before 6.2 renames only what is down. */
function rename(netlink: RouteNetlink, { index, name }: LinkDescription, wanted: string): void {
  const message = () => linkMessage(RTM_NEWLINK, { index }).string(IFLA_IFNAME, wanted);
  attempt(`rename the VXLAN device ${name} to ${wanted}`, () => {
    try {
      netlink.request(message());
    } catch (error) {
      if (!isErrno(error, EBUSY)) throw error;
      netlink.request(linkMessage(RTM_NEWLINK, { index, change: IFF_UP }));
      netlink.request(message());
      netlink.request(linkMessage(RTM_NEWLINK, { index, flags: IFF_UP, change: IFF_UP }));
    }
  });
}

function needParent(links: LinkNames, { name, parent }: VxlanDevice): number {
  const link = links.named(parent);
  if (link) return link.index;
  throw new HostCallError("not-found", `Cannot make the VXLAN device ${name} on ${parent} as there is no such link`);
}
