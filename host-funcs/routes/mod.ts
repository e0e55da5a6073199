// The `routes` interface of the contract.

import type * as Routes from "cnidaria:cni/routes@0.3.0";
import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { RouteValue } from "../change.ts";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { listLinks, needLink } from "../links/look_up.ts";
import { attempt, EEXIST } from "../sys/errno.ts";
import { NLM_F_CREATE, NLM_F_EXCL } from "../sys/netlink_message.ts";
import { FAMILIES, listTable, listTables, priorityOf, routesLike } from "./find.ts";
import { MAIN_TABLE, type RouteDescription, routeMessage, RTM_DELROUTE, RTM_NEWROUTE } from "./route_message.ts";

/** The host functions of `cnidaria:cni/routes`, for one call. */
export function createRoutes(context: HostContext): typeof Routes {
  return {
    list: (ns, table) => listRoutes(context, ns, table ?? MAIN_TABLE),
    listAll: (ns) => named(context, ns, FAMILIES.flatMap((family) => listTables(context, ns, family))),
    add(ns, route) {
      const value = plain(route);
      const what = `add ${describeRoute(ns, value)}`;
      const message = build(context, ns, RTM_NEWROUTE, value, NLM_F_CREATE | NLM_F_EXCL);
      // Looked for first: a change must not be written down for a route that is someone else's.
      if (routesLike(context, ns, value).some((present) => priorityOf(present) === priorityOf(value))) {
        throw new HostCallError("exists", `Cannot ${what} as it exists already (EEXIST)`, EEXIST);
      }
      context.record({ kind: "route-added", ns, route: value });
      attempt(what, () => context.netlink(ns).request(message));
    },
    remove(ns, route) {
      const value = plain(route);
      const message = build(context, ns, RTM_DELROUTE, value);
      context.record({ kind: "route-removed", ns, route: value });
      attempt(`remove ${describeRoute(ns, value)}`, () => context.netlink(ns).request(message));
    },
  };
}

/** The routes of a table, both families, with the names of their links. */
export function listRoutes(context: HostContext, ns: Ns, table: number): Routes.Route[] {
  return named(context, ns, FAMILIES.flatMap((family) => listTable(context, ns, family, table)));
}

function named(context: HostContext, ns: Ns, routes: readonly RouteDescription[]): Routes.Route[] {
  const names = new Map(listLinks(context.netlink(ns), ns).map(({ index, name }) => [index, name]));
  return routes.map((route) => {
    const { linkIndex, hops: _hops, ...rest } = route;
    const link = linkIndex === undefined ? undefined : names.get(linkIndex);
    return link === undefined ? rest : { ...rest, link };
  });
}

function build(context: HostContext, ns: Ns, type: number, route: RouteValue, messageFlags = 0) {
  const index = route.link === undefined
    ? undefined
    : needLink(context, ns, route.link, `use for the route to ${route.dst}`).index;
  return routeMessage(type, route, index, messageFlags);
}

/** Without the keys that have no value, as both engines hand them over. */
function plain(route: Routes.Route): RouteValue {
  return Object.fromEntries(Object.entries(route).filter(([, value]) => value !== undefined)) as RouteValue;
}

/** For messages: `the route to 10.9.0.0/16 via 10.1.0.1 by eth0 in the container`. */
function describeRoute(ns: Ns, { dst, gateway, link, table }: RouteValue): string {
  const parts = [
    `the route to ${dst}`,
    gateway === undefined ? "" : `via ${gateway}`,
    link === undefined ? "" : `by ${link}`,
    table === undefined ? "" : `in table ${table}`,
    ns === "container" ? "in the container" : "on the host",
  ];
  return parts.filter((part) => part !== "").join(" ");
}
