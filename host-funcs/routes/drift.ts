// Routes against what was added and removed, and doing it again. What others have put in a route's place is left there.

import type { Change, RouteValue } from "../change.ts";
import type { HostContext } from "../context.ts";
import { at, type Reading } from "../reading.ts";
import { formatAddress, parseAddress } from "../sys/ip_address.ts";
import { destinationOf, isMeant, priorityOf } from "./find.ts";
import { createRoutes, listRoutes } from "./mod.ts";
import { MAIN_TABLE } from "./route_message.ts";

type RouteChange = Extract<Change, { kind: "route-added" | "route-removed" }>;

/** `route to 0.0.0.0/0 via 10.1.0.1 (container) is gone`. */
export function routeDifferences(now: Reading, change: RouteChange): string[] {
  const { ns, route } = change;
  const table = route.table ?? MAIN_TABLE;
  const byDestination = now.shared(ns, `routes ${table}`, () => {
    return Map.groupBy(listRoutes(now.context, ns, table), (present) => present.dst);
  });
  const dst = destinationOf(route);
  const present = (byDestination.get(dst) ?? []).filter((it) => priorityOf(it) === priorityOf(route));
  const same = present.find((it) => (route.link === undefined || it.link === route.link) && isMeant(it, route));
  const name = `route to ${dst}${way(route)} (${ns})`;
  if (change.kind === "route-removed") return same === undefined ? [] : [`${name} is there again`];
  if (same !== undefined) return attributeDifferences(name, route, same);
  const [other] = present;
  if (other === undefined) return [`${name} is gone`];
  return [`${name} goes another way: ${way(other).trim()}, by ${at(ns, other.link ?? "no link")}`];
}

/** @throws {HostCallError} `exists` where another route has its place, which may be meant */
export function redoRouteChange(context: HostContext, change: RouteChange): void {
  const routes = createRoutes(context);
  if (change.kind === "route-added") return routes.add(change.ns, change.route);
  routes.remove(change.ns, change.route);
}

/** What a route says beside where it leads. */
function attributeDifferences(name: string, wanted: RouteValue, present: RouteValue): string[] {
  const found: string[] = [];
  for (const key of ["source", "mtu", "advmss"] as const) {
    const value = key === "source" && wanted.source !== undefined ? canonical(wanted.source) : wanted[key];
    if (value !== undefined && value !== present[key]) {
      found.push(`${key} of ${name} is ${present[key] ?? "not set"}, not ${value}`);
    }
  }
  return found;
}

function way({ gateway, link }: Pick<RouteValue, "gateway" | "link">): string {
  if (gateway !== undefined) return ` via ${gateway}`;
  return link === undefined ? "" : ` on ${link}`;
}

function canonical(address: string): string {
  return formatAddress(parseAddress(address).bytes);
}
