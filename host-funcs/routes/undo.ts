import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { createRoutes } from "./mod.ts";

/** Takes a change of a route back. */
export function undoRouteChange(
  context: HostContext,
  change: Extract<Change, { kind: "route-added" | "route-removed" }>,
): void {
  const routes = createRoutes(context);
  if (change.kind === "route-added") return routes.remove(change.ns, change.route);
  routes.add(change.ns, change.route);
}
