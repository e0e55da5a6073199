// Taking a link back that was moved into a container: with its old name, attributes and state. Each step can be the last
// of a process that dies: the link is marked by its alias until it is as it was.

import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { EEXIST, hostCallError, isErrno } from "../sys/errno.ts";
import type { RouteNetlink } from "../sys/netlink_socket.ts";
import type { NetlinkMessage } from "../sys/netlink_message.ts";
import { waitUntil } from "../sys/wait_until.ts";
import {
  IFF_UP,
  IFLA_IFALIAS,
  IFLA_IFNAME,
  IFLA_NET_NS_FD,
  type LinkDescription,
  linkMessage,
  RTM_NEWLINK,
} from "./link_message.ts";
import { findLink, listLinks, needLink, place } from "./look_up.ts";
import { setLink } from "./set.ts";

export type Moved = Extract<Change, { kind: "link-moved" }>;

/** The kind of a device that a driver made: it never ends with a namespace. */
const PHYSICAL = "";

/** The kernel cleans namespaces up one batch after the other, each within a fraction of a second. */
const RETURN_MS = 2_000;

const RTNLGRP_LINK = 1;

/** Bytes of a name, less room for `_` and two digits. */
const LONGEST_STEM = 12;

/**
 * A virtual link that is nowhere has gone with the container's namespace. A device comes back to the node by itself then,
 * a little later and by another name: it is waited for, and found there.
 *
 * @param context records nothing
 */
export function moveBack(context: HostContext, change: Moved): void {
  const { name, before, alias = "" } = change;
  const host = context.netlink("host");
  const present = findLink(host, "host", name);
  if (present?.index === change.index && present.kind === change.linkKind && present.alias !== name) return;
  const links = listInside(context, change);
  const marked = links.find((link) => link.alias === name);
  // Before it is guessed by name and MAC, which another link of the container may have: as ports of a bond have one MAC.
  const back = marked === undefined ? returned(host, change) : undefined;
  if (marked === undefined && back === undefined && isAsBefore(present, change)) return;
  const inside = marked ?? (back === undefined ? guess(links, change) : undefined);
  const there = inside === undefined ? back ?? awaited(context, change) : leave(context, change, inside);
  if (there === undefined) return;
  setLink(context, "host", there.name, before);
  request(host, `take the mark off ${place("host", there.name)}`, aliasMessage(there.index, alias));
}

/** Whether it is what an undo has left that came to its end: its number may be another, where its own was taken. */
function isAsBefore(link: LinkDescription | undefined, { linkKind, before }: Moved): boolean {
  return link !== undefined && link.kind === linkKind && link.mac !== "" && link.mac === before.mac;
}

/** The container's links of that kind; none where it is gone. */
function listInside(context: HostContext, change: Moved): LinkDescription[] {
  try {
    return listLinks(context.netlink("container"), "container").filter((link) => link.kind === change.linkKind);
  } catch (error) {
    if (error instanceof HostCallError && error.code === "not-found") return [];
    throw error;
  }
}

/** The link whose mark the container's processes have taken off. */
function guess(links: readonly LinkDescription[], { containerName, before }: Moved): LinkDescription | undefined {
  return links.find((link) => link.name === containerName) ??
    links.find((link) => link.mac !== "" && link.mac === before.mac);
}

/** Gives it its name before it is on the host, where programs as udev look at names. */
function leave(context: HostContext, { name }: Moved, { index, name: inner }: LinkDescription): LinkDescription {
  const [host, container] = [context.netlink("host"), context.netlink("container")];
  const outer = freeName(host, name);
  const doing = `move ${place("container", inner)} back to ${place("host", outer)}`;
  if (inner !== outer && findLink(container, "container", outer) === undefined) {
    request(container, doing, renameMessage(index, outer));
  }
  const marked = linkMessage(RTM_NEWLINK, { index }).attrU32(IFLA_NET_NS_FD, context.namespace("host").fd);
  request(container, doing, marked.string(IFLA_IFNAME, outer).bytes(IFLA_IFALIAS, new TextEncoder().encode(name)));
  if (outer !== name) context.log("warn", `${place("host", outer)} was ${name}, which is another link's name by now`);
  return needLink(context, "host", outer, "look up");
}

/** The link on the host, where it came by itself, or by a call that died. */
function returned(host: RouteNetlink, { name, linkKind }: Moved): LinkDescription | undefined {
  const there = listLinks(host, "host").find((link) => link.alias === name && link.kind === linkKind);
  if (there === undefined || there.name === name || findLink(host, "host", name) !== undefined) return there;
  request(host, `call ${place("host", there.name)} ${name} again`, renameMessage(there.index, name));
  return { ...there, name };
}

/** A device that the kernel gives back when it comes to cleaning the container's namespace up. */
function awaited(context: HostContext, change: Moved): LinkDescription | undefined {
  const { name, linkKind, alias = "", before } = change;
  if (linkKind !== PHYSICAL) return undefined;
  const host = context.netlink("host");
  const there = waitUntil(context, "host", [RTNLGRP_LINK], RETURN_MS, () => returned(host, change));
  if (there !== undefined) return there;
  const up = before.up ? ` && ip link set ${name} up` : "";
  context.log(
    "warn",
    `The device that was ${name} on the host is neither there nor in the container after ${RETURN_MS} ms, and is not ` +
      `waited for any longer. Should it come back, \`ip link\` shows it with "alias ${name}": name it again with: ` +
      `ip link set DEVICE name ${name} alias ${JSON.stringify(alias)}${up}`,
  );
  return undefined;
}

/** The old name, or where another link has it by now, one that begins so. */
function freeName(host: RouteNetlink, name: string): string {
  const stem = name.slice(0, LONGEST_STEM);
  const candidates = [name, ...Array.from({ length: 100 }, (_, number) => `${stem}_${number}`)];
  return candidates.find((candidate) => findLink(host, "host", candidate) === undefined) ?? name;
}

/** Sets it down as well: a link that is up keeps its name. */
function renameMessage(index: number, name: string): NetlinkMessage {
  return linkMessage(RTM_NEWLINK, { index, flags: 0, change: IFF_UP }).string(IFLA_IFNAME, name);
}

function aliasMessage(index: number, alias: string): NetlinkMessage {
  return linkMessage(RTM_NEWLINK, { index }).bytes(IFLA_IFALIAS, new TextEncoder().encode(alias));
}

/** A name that is taken meanwhile must not count as an undo that is done. */
function request(netlink: RouteNetlink, doing: string, message: NetlinkMessage): void {
  try {
    netlink.request(message);
  } catch (error) {
    if (!isErrno(error, EEXIST)) throw hostCallError(doing, error);
    throw new HostCallError("busy", `Cannot ${doing} as the name is taken (EEXIST)`, EEXIST);
  }
}
