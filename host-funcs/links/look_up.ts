// Finding links by name and by index.

import type { Link } from "cnidaria:cni/links@0.3.0";
import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { attempt, ENODEV, hostCallError, isErrno } from "../sys/errno.ts";
import type { RouteNetlink } from "../sys/netlink_socket.ts";
import { type LinkDescription, linkQuery, readLink } from "./link_message.ts";

/** The longest name of a link, bytes (IFNAMSIZ less the NUL). */
const MAX_NAME_LENGTH = 15;

/** For messages: `eth0 in the container`. */
export function place(ns: Ns, name: string): string {
  return `${name} ${ns === "container" ? "in the container" : "on the host"}`;
}

/**
 * The kernel's rules for a name (dev_valid_name).
 *
 * @throws {HostCallError} `invalid`
 */
export function checkLinkName(name: string): void {
  // deno-lint-ignore no-control-regex
  const valid = /^[^/:\s\u0000]+$/.test(name) && name !== "." && name !== ".." && name !== "all" && name !== "default";
  if (valid && new TextEncoder().encode(name).length <= MAX_NAME_LENGTH) return;
  throw new HostCallError(
    "invalid",
    `Cannot use "${name}" as a link's name as it must be 1 to ${MAX_NAME_LENGTH} bytes without spaces, slashes and colons`,
  );
}

/** The link of that name, undefined if there is none. */
export function findLink(netlink: RouteNetlink, ns: Ns, name: string): LinkDescription | undefined {
  checkLinkName(name);
  return query(netlink, ns, name);
}

/**
 * The link of that name, which has to be there.
 *
 * @param purpose what needs it, for the message: `add address 10.1.0.5/16 to`
 * @throws {HostCallError} `not-found`
 */
export function needLink(context: HostContext, ns: Ns, name: string, purpose: string): LinkDescription {
  const link = findLink(context.netlink(ns), ns, name);
  if (link) return link;
  throw new HostCallError(
    "not-found",
    `Cannot ${purpose} ${place(ns, name)} as there is no such link (ENODEV)`,
    ENODEV,
  );
}

/** The contract's record: its master's name is looked up. */
export function toLink(netlink: RouteNetlink, ns: Ns, description: LinkDescription): Link {
  const { masterIndex } = description;
  return withMaster(description, masterIndex === undefined ? undefined : query(netlink, ns, masterIndex)?.name);
}

/** The contract's record of a link whose master has that name. */
export function withMaster(description: LinkDescription, master: string | undefined): Link {
  const {
    masterIndex: _index,
    peerElsewhere: _elsewhere,
    alias: _alias,
    data: _data,
    allmulti: _multi,
    queueLength: _length,
    ...link
  } = description;
  return master === undefined ? link : { ...link, master };
}

/** The link of that index, undefined if there is none. */
export function linkOfIndex(netlink: RouteNetlink, ns: Ns, index: number): LinkDescription | undefined {
  return query(netlink, ns, index);
}

/** All links of a namespace. */
export function listLinks(netlink: RouteNetlink, ns: Ns): LinkDescription[] {
  const purpose = `list the links ${ns === "container" ? "in the container" : "on the host"}`;
  return attempt(purpose, () => netlink.dump(linkQuery()))
    .map(readLink).filter((link) => link !== undefined);
}

function query(netlink: RouteNetlink, ns: Ns, which: string | number): LinkDescription | undefined {
  try {
    return readLink(netlink.query(linkQuery(which)));
  } catch (error) {
    if (isErrno(error, ENODEV)) return undefined;
    throw hostCallError(`look up the link ${place(ns, String(which))}`, error);
  }
}
