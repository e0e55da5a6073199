// Which routes an address's table gets, worked out without touching anything.

import type { Route } from "cnidaria:cni/routes@0.3.0";
import type { Rule } from "cnidaria:cni/rules@0.3.0";
import type { ResultIp } from "cnidaria:cni/types@0.3.0";
import {
  canonicalAddress,
  contains,
  defaultDestination,
  type Family,
  familyOf,
  isLinkLocal,
  networkOf,
} from "../sdk/mod.ts";

/** As upstream. */
const FIRST_TABLE = 100;
const MAIN_TABLE = 254;
/** The kernel's route to the link's own addresses (RFC 4291, 2.5.6). */
const LINK_LOCAL = "fe80::/64";
/** IP6_RT_PRIO_USER. */
const IPV6_PRIORITY = 1024;

/** The first table from 100 on that no rule leads to and no route is in. */
export function freeTable(rules: readonly Rule[], routes: readonly Route[]): number {
  const taken = new Set([...rules.map(({ table }) => table), ...routes.map(({ table }) => table ?? MAIN_TABLE)]);
  let table = FIRST_TABLE;
  while (taken.has(table)) table++;
  return table;
}

/**
 * The interface's routes that leave the main table: all but those to link-local addresses, which each link has, and those
 * by a gateway of the other family (RFC 5549), which cannot be made again.
 *
 * @param routes of every table
 */
export function movedRoutes(routes: readonly Route[], ifname: string): Route[] {
  return inOrder(
    routes.filter((route) =>
      route.link === ifname && (route.table ?? MAIN_TABLE) === MAIN_TABLE && !isLinkLocal(route.dst) &&
      (route.gateway === undefined || familyOf(route.gateway) === familyOf(route.dst))
    ),
  );
}

/**
 * The routes of an address's table, in the order in which they can be added: a default route by its gateway, and of those
 * of its family that are moved the ones that are of its network, or of no address's.
 *
 * @param all addresses of the interface
 */
export function tableRoutes(
  ip: ResultIp,
  table: number,
  moved: readonly Route[],
  all: readonly ResultIp[],
  ifname: string,
): Route[] {
  const family = familyOf(ip.address);
  const own = moved.filter((route) =>
    familyOf(route.dst) === family && (isOf(route, ip) || !all.some((it) => isOf(route, it)))
  )
    .map((route) => ({ ...route, table }));
  const always: Route[] = family === 6 ? [{ dst: LINK_LOCAL, link: ifname, table, onlink: false }] : [];
  if (ip.gateway !== undefined) always.push(defaultRoute(ip.gateway, family, ifname, table));
  return inOrder([...own, ...always.filter((route) => !own.some((it) => isSamePlace(it, route)))]);
}

/** Of two routes in one place of a table the kernel keeps one. */
function isSamePlace(a: Route, b: Route): boolean {
  return a.dst === b.dst && priorityOf(a) === priorityOf(b);
}

function priorityOf({ dst, priority = 0 }: Route): number {
  return priority === 0 && familyOf(dst) === 6 ? IPV6_PRIORITY : priority;
}

function defaultRoute(gateway: string, family: Family, link: string, table: number): Route {
  return { dst: defaultDestination(family), gateway: canonicalAddress(gateway), link, table, onlink: false };
}

/** Whether a route is of the address's network: by its source or its gateway. */
function isOf({ gateway, source }: Route, ip: ResultIp): boolean {
  const network = networkOf(ip.address);
  const within = (address: string | undefined) =>
    address !== undefined && familyOf(address) === familyOf(network) && contains(network, address);
  return within(source) || within(gateway) || (gateway !== undefined && gateway === canonicalGateway(ip));
}

function canonicalGateway({ gateway }: ResultIp): string | undefined {
  return gateway === undefined ? undefined : canonicalAddress(gateway);
}

/** Those that need no gateway before those whose gateway they lead to; else by their text, whatever the kernel's order. */
function inOrder(routes: readonly Route[]): Route[] {
  const rank = (route: Route) => `${route.gateway === undefined ? 0 : 1} ${route.dst} ${priorityOf(route)}`;
  return routes.toSorted((a, b) => rank(a) < rank(b) ? -1 : 1);
}
