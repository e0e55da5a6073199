import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { EHOSTUNREACH, EINVAL, ENETDOWN, ENETUNREACH } from "../sys/errno.ts";
import { createRoutes } from "./mod.ts";

/** The link is down, or has no address any more that the route needs. */
const ROUTELESS: readonly (number | undefined)[] = [ENETDOWN, ENETUNREACH, EHOSTUNREACH, EINVAL];

/**
 * Takes a change of a route back. A link that is down or has lost its addresses has no routes, so there is none to put
 * back: an undo that was cut short has come as far as that, and is now repeated.
 */
export function undoRouteChange(
  context: HostContext,
  change: Extract<Change, { kind: "route-added" | "route-removed" }>,
): void {
  const routes = createRoutes(context);
  if (change.kind === "route-added") return routes.remove(change.ns, change.route);
  try {
    routes.add(change.ns, change.route);
  } catch (error) {
    if (!(error instanceof HostCallError) || !ROUTELESS.includes(error.payload.errno)) throw error;
  }
}
