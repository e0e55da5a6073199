import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { isMeant, priorityOf, routesLike } from "./find.ts";
import { createRoutes } from "./mod.ts";

/**
 * Takes a change of a route back. Only a route with the same link, gateway, table and priority is removed: the kernel
 * would take one without a gateway, say, for any to that destination.
 */
export function undoRouteChange(
  context: HostContext,
  change: Extract<Change, { kind: "route-added" | "route-removed" }>,
): void {
  const { ns, route } = change;
  const routes = createRoutes(context);
  if (change.kind === "route-removed") return routes.add(ns, route);
  if (!routesLike(context, ns, route).some((present) => isMeant(present, route))) return;
  const priority = priorityOf(route);
  routes.remove(ns, priority === 0 ? route : { ...route, priority });
}
