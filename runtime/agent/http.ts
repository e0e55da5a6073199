// What the agent answers over HTTP: whether it lives, whether it serves, its metrics, how the overlay and network policies
// are, and the dashboard.

import { Hono } from "hono";
import type { ClusterStatus } from "../cluster/status.ts";
import type { HttpGuard } from "./http_guard.ts";
import { openMetrics } from "./open_metrics.ts";
import type { PolicyAnswers } from "./policy/messages.ts";

/** `none`: the agent does no such thing; `silent`: its thread does not answer. */
export type NoAnswer = "none" | "silent";

/** What the answers come from. */
export interface Vitals {
  /** What keeps the agent from serving; empty where it serves. */
  notReady(): Promise<readonly string[]>;
  /** Why it should be started anew; empty where it lives. */
  notAlive(): readonly string[];
  /** In Prometheus' text format. */
  metrics(): Promise<string>;
  /** How the overlay is. */
  cluster(): Promise<ClusterStatus | NoAnswer>;
  policy<Q extends keyof PolicyAnswers>(question: Q, argument?: number): Promise<PolicyAnswers[Q] | NoAnswer>;
}

const OPEN_PATHS = ["/healthz", "/readyz", "/metrics"];
const PATHS = [...OPEN_PATHS, "/cluster", "/policy", "/policy/ruleset", "/policy/drops"];

const NO_POLICY = "this agent enforces no network policies";
const OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const TEXT = { "content-type": "text/plain; charset=utf-8" };

/** Answers what is not answered here; loaded when somebody asks. */
type Dashboard = () => Promise<{ fetch(request: Request): Response | Promise<Response> }>;

/**
 * /healthz and /readyz as Kubernetes' probes want them, /metrics as Prometheus does: for everybody who gets here. All else
 * is behind the guard.
 */
export function createHttp(vitals: Vitals, guard?: HttpGuard, dashboard?: Dashboard): Hono {
  const text = (status: number, lines: readonly string[], headers = {}) =>
    new Response(`${lines.join("\n")}\n`, { status, headers: { ...TEXT, ...headers } });
  const probe = (problems: readonly string[]) => problems.length === 0 ? text(200, ["ok"]) : text(503, problems);
  const notAllowed = (path: string) => text(405, [`${path} can only be read: use GET`], { allow: "GET, HEAD" });
  const told = (answer: object | NoAnswer, none: string) => {
    if (answer === "none") return text(404, [none]);
    return answer === "silent" ? text(503, ["its thread does not answer"]) : Response.json(answer);
  };
  const app = new Hono()
    .get("/healthz", () => probe(vitals.notAlive()))
    .get("/readyz", async () => probe([...vitals.notAlive(), ...await vitals.notReady()]))
    .get("/metrics", async ({ req }) => {
      const text = await vitals.metrics();
      return req.header("accept")?.includes("application/openmetrics-text") === true
        ? new Response(openMetrics(text), { headers: { "content-type": OPEN_METRICS } })
        : new Response(text, { headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" } });
    });
  for (const path of OPEN_PATHS) app.all(path, () => notAllowed(path));
  if (guard !== undefined) {
    app.get("/login", guard.loginForm).post("/login", guard.login).post("/logout", guard.logout);
    app.use("*", guard.check);
  }
  app
    .get("/cluster", async () => told(await vitals.cluster(), "this agent runs no overlay"))
    .get("/policy", async () => told(await vitals.policy("status"), NO_POLICY))
    .get("/policy/ruleset", async () => {
      const answer = await vitals.policy("enforced");
      return answer === null ? text(503, ["nothing is in force yet"]) : told(answer, NO_POLICY);
    })
    .get("/policy/drops", async ({ req }) => {
      const after = Number(req.query("after") ?? 0);
      if (!Number.isSafeInteger(after) || after < 0) return text(400, ["after must be the number of a drop"]);
      return told(await vitals.policy("drops", after), NO_POLICY);
    });
  for (const path of PATHS) app.all(path, () => notAllowed(path));
  if (dashboard !== undefined) app.all("*", async ({ req }) => await (await dashboard()).fetch(req.raw));
  app.notFound(() => text(404, [`there are ${PATHS.join(", ")}`]));
  app.onError((error) => text(500, [error.message]));
  return app;
}
