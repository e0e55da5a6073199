// The process that holds a lab: started by `lab up` in namespaces of its own, it ends by `lab down`, and everything that
// it has started ends with it.

import { Hono } from "hono";
import { installOnce, ours, throughAgent } from "../../e2e/targets.ts";
import { Lab, NoSuchLink } from "./lab.ts";
import { SOCKET } from "./place.ts";
import type { LabPlan, Refusal } from "./protocol.ts";

const plan = JSON.parse(Deno.args[0]!) as LabPlan;
const lab = await make().catch((error) => {
  Deno.stderr.writeSync(new TextEncoder().encode(`${(error as Error).message}\n`));
  Deno.exit(1);
});

const stop = new AbortController();
const app = new Hono();
app.get("/status", (context) => context.json(lab.status()));
app.post("/ping", async (context) => context.json(await lab.ping()));
app.post("/break/:link", async (context) => {
  await lab.break(context.req.param("link"));
  return context.json(lab.status());
});
app.post("/mend/:link", async (context) => {
  await lab.mend(context.req.param("link"));
  return context.json(lab.status());
});
app.post("/down", (context) => {
  setTimeout(() => stop.abort(), 0);
  return context.json({});
});
app.onError((error, context) => {
  return context.json({ why: error.message } satisfies Refusal, error instanceof NoSuchLink ? 404 : 500);
});

const server = Deno.serve({ path: SOCKET, signal: stop.signal, onListen: () => {} }, app.fetch);
await server.finished;
await lab[Symbol.asyncDispose]();

async function make(): Promise<Lab> {
  await installOnce();
  // Where flanneld connects nodes there is no agent of ours that pods' calls could go through.
  const target = await (plan.daemon === "flanneld" ? ours("wasmtime") : throughAgent()).ready();
  return await Lab.create(plan, target);
}
