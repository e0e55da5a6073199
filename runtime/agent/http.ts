// What the agent answers over HTTP: whether it lives, whether it serves, its metrics, and how the overlay is.

import { Hono } from "hono";
import type { ClusterStatus } from "../cluster/status.ts";

/** What the answers come from. */
export interface Vitals {
  /** What keeps the agent from serving; empty where it serves. */
  notReady(): Promise<readonly string[]>;
  /** Why it should be started anew; empty where it lives. */
  notAlive(): readonly string[];
  metrics(): Promise<string>;
  /** How the overlay is; undefined where the agent has none, or it does not answer. */
  cluster(): Promise<ClusterStatus | undefined>;
}

const TEXT = { "content-type": "text/plain; charset=utf-8" };

/** /healthz and /readyz as Kubernetes' probes want them, /metrics as Prometheus does. They are read, and no more. */
export function createHttp(vitals: Vitals): Hono {
  const text = (status: number, lines: readonly string[], headers = {}) =>
    new Response(`${lines.join("\n")}\n`, { status, headers: { ...TEXT, ...headers } });
  const probe = (problems: readonly string[]) => problems.length === 0 ? text(200, ["ok"]) : text(503, problems);
  const app = new Hono()
    .get("/healthz", () => probe(vitals.notAlive()))
    .get("/readyz", async () => probe([...vitals.notAlive(), ...await vitals.notReady()]))
    .get("/cluster", async () => {
      const status = await vitals.cluster();
      return status === undefined ? text(404, ["this agent runs no overlay"]) : Response.json(status);
    })
    .get("/metrics", async () =>
      new Response(await vitals.metrics(), {
        headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
      }));
  for (const path of ["/healthz", "/readyz", "/metrics", "/cluster"]) {
    app.all(path, () => text(405, [`${path} can only be read: use GET`], { allow: "GET, HEAD" }));
  }
  app.notFound(() => text(404, ["there are /healthz, /readyz, /metrics and /cluster"]));
  app.onError((error) => text(500, [error.message]));
  return app;
}
