// The routes to one destination, and which of them a change means.

import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { RouteValue } from "../change.ts";
import type { HostContext } from "../context.ts";
import { needLink } from "../links/look_up.ts";
import { attempt, ENOENT, hostCallError, isErrno } from "../sys/errno.ts";
import { AF_INET, AF_INET6, formatAddress, networkOf, parseAddress, parseCidr } from "../sys/ip_address.ts";
import { MAIN_TABLE, readRoute, type RouteDescription, routeQuery } from "./route_message.ts";

/** RT_TABLE_UNSPEC, of a dump. */
const EVERY_TABLE = 0;

/** IP6_RT_PRIO_USER: what an IPv6 route gets that names none. */
const IPV6_PRIORITY = 1024;

/**
 * The routes to the route's destination, in its table, by its link where it names one: of a large table the kernel sends
 * only those of the link.
 *
 * @throws {HostCallError} `not-found` where there is no such link
 */
export function routesLike(context: HostContext, ns: Ns, route: RouteValue): RouteDescription[] {
  const { family } = parseCidr(route.dst);
  const index = route.link === undefined
    ? undefined
    : needLink(context, ns, route.link, `use for the route to ${route.dst}`).index;
  const dst = destinationOf(route);
  return listTable(context, ns, family, route.table ?? MAIN_TABLE, index)
    .filter((present) => present.dst === dst && (index === undefined || present.linkIndex === index));
}

/** The routes of a table, of one family, with the indexes of their links. */
export function listTable(
  context: HostContext,
  ns: Ns,
  family: number,
  table: number,
  index?: number,
): RouteDescription[] {
  try {
    return context.netlink(ns).dump(routeQuery(family, table, index)).map(readRoute)
      .filter((route) => route?.table === table) as RouteDescription[];
  } catch (error) {
    // A table that no route was ever added to.
    if (isErrno(error, ENOENT)) return [];
    const where = ns === "container" ? "in the container" : "on the host";
    throw hostCallError(`list the routes of table ${table} ${where}`, error);
  }
}

/** The routes of every table, of one family, with the indexes of their links. */
export function listTables(context: HostContext, ns: Ns, family: number): RouteDescription[] {
  const where = ns === "container" ? "in the container" : "on the host";
  return attempt(`list the routes ${where}`, () => context.netlink(ns).dump(routeQuery(family, EVERY_TABLE)))
    .map(readRoute).filter((route) => route !== undefined);
}

/** `10.1.0.0/16`, also where host bits were set. */
export function destinationOf(route: RouteValue): string {
  const { bytes, prefixLength } = networkOf(parseCidr(route.dst));
  return `${formatAddress(bytes)}/${prefixLength}`;
}

/** Of two routes to one destination the kernel keeps both only if this differs. */
export function priorityOf(route: Pick<RouteValue, "dst" | "priority">): number {
  const unnamed = route.dst.includes(":") ? IPV6_PRIORITY : 0;
  return route.priority === undefined || route.priority === 0 ? unnamed : route.priority;
}

/** Whether a route to the same destination by the same link is the one that was meant: by gateway and priority. */
export function isMeant(present: Omit<RouteValue, "link">, wanted: RouteValue): boolean {
  const gateway = wanted.gateway === undefined ? undefined : formatAddress(parseAddress(wanted.gateway).bytes);
  return present.gateway === gateway && priorityOf(present) === priorityOf(wanted);
}

/** Both families. */
export const FAMILIES = [AF_INET, AF_INET6] as const;
