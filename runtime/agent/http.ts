// What the agent answers over HTTP: whether it lives, whether it serves, and its metrics.

import { Hono } from "hono";

/** What the answers come from. */
export interface Vitals {
  /** What keeps the agent from serving; empty where it serves. */
  notReady(): readonly string[];
  /** Why it should be started anew; empty where it lives. */
  notAlive(): readonly string[];
  metrics(): Promise<string>;
}

const TEXT = { "content-type": "text/plain; charset=utf-8" };

/** /healthz and /readyz as Kubernetes' probes want them, /metrics as Prometheus does. */
export function createHttp(vitals: Vitals): Hono {
  const probe = (problems: readonly string[]) =>
    problems.length === 0
      ? new Response("ok\n", { headers: TEXT })
      : new Response(`${problems.join("\n")}\n`, { status: 503, headers: TEXT });
  return new Hono()
    .get("/healthz", () => probe(vitals.notAlive()))
    .get("/readyz", () => probe([...vitals.notAlive(), ...vitals.notReady()]))
    .get("/metrics", async () =>
      new Response(await vitals.metrics(), {
        headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
      }));
}
