// The `routes` interface of the contract.

import type * as Routes from "cnidaria:cni/routes@0.1.0";
import type { Ns } from "cnidaria:cni/types@0.1.0";
import type { RouteValue } from "../change.ts";
import type { HostContext } from "../context.ts";
import { listLinks, needLink } from "../links/look_up.ts";
import { attempt, ENOENT, hostCallError, isErrno } from "../sys/errno.ts";
import { AF_INET, AF_INET6 } from "../sys/ip_address.ts";
import { NLM_F_CREATE, NLM_F_EXCL } from "../sys/netlink_message.ts";
import { MAIN_TABLE, readRoute, routeMessage, routeQuery, RTM_DELROUTE, RTM_NEWROUTE } from "./route_message.ts";

/** The host functions of `cnidaria:cni/routes`, for one call. */
export function createRoutes(context: HostContext): typeof Routes {
  return {
    list: (ns, table) => listRoutes(context, ns, table ?? MAIN_TABLE),
    add(ns, route) {
      const value = plain(route);
      const message = build(context, ns, RTM_NEWROUTE, value, NLM_F_CREATE | NLM_F_EXCL);
      context.record({ kind: "route-added", ns, route: value });
      attempt(`add ${describe(ns, value)}`, () => context.netlink(ns).request(message));
    },
    remove(ns, route) {
      const value = plain(route);
      const message = build(context, ns, RTM_DELROUTE, value);
      context.record({ kind: "route-removed", ns, route: value });
      attempt(`remove ${describe(ns, value)}`, () => context.netlink(ns).request(message));
    },
  };
}

function listRoutes(context: HostContext, ns: Ns, table: number): Routes.Route[] {
  const netlink = context.netlink(ns);
  const names = new Map(listLinks(netlink, ns).map(({ index, name }) => [index, name]));
  const where = ns === "container" ? "in the container" : "on the host";
  return [AF_INET, AF_INET6].flatMap((family) => {
    try {
      return netlink.dump(routeQuery(family, table));
    } catch (error) {
      // A table that no route was ever added to.
      if (isErrno(error, ENOENT)) return [];
      throw hostCallError(`list the routes of table ${table} ${where}`, error);
    }
  }).map(readRoute).filter((route) => route?.table === table).map((route) => {
    const { linkIndex, ...rest } = route!;
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

function describe(ns: Ns, { dst, gateway, link, table }: RouteValue): string {
  const parts = [
    `the route to ${dst}`,
    gateway === undefined ? "" : `via ${gateway}`,
    link === undefined ? "" : `by ${link}`,
    table === undefined ? "" : `in table ${table}`,
    ns === "container" ? "in the container" : "on the host",
  ];
  return parts.filter((part) => part !== "").join(" ");
}
