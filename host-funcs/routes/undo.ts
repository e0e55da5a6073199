import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { EHOSTUNREACH, EINVAL, ENETDOWN, ENETUNREACH } from "../sys/errno.ts";
import { isMeant, priorityOf, routesLike } from "./find.ts";
import { createRoutes } from "./mod.ts";

/** The link is down, or has no address any more that the route needs. */
const ROUTELESS: readonly (number | undefined)[] = [ENETDOWN, ENETUNREACH, EHOSTUNREACH, EINVAL];

/**
 * Takes a change of a route back. Only a route with the same link, gateway, table and priority is removed: the kernel
 * would take one without a gateway, say, for any to that destination. A link that is down or has lost its addresses has
 * no routes, so there is none to put back: an undo that was cut short has come as far as that, and is now repeated.
 */
export function undoRouteChange(
  context: HostContext,
  change: Extract<Change, { kind: "route-added" | "route-removed" }>,
): void {
  const { ns, route } = change;
  const routes = createRoutes(context);
  if (change.kind === "route-added") {
    if (!routesLike(context, ns, route).some((present) => isMeant(present, route))) return;
    const priority = priorityOf(route);
    return routes.remove(ns, priority === 0 ? route : { ...route, priority });
  }
  try {
    routes.add(ns, route);
  } catch (error) {
    if (!(error instanceof HostCallError) || !ROUTELESS.includes(error.payload.errno)) throw error;
  }
}
