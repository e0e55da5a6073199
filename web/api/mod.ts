// The API under /api/v1. `openapi.yaml` documents it, and tests hold that against its answers.

import { Hono } from "hono";
import { HostCallError } from "../../host-funcs/error.ts";
import type { WebParts } from "../parts.ts";
import { actionsApi } from "./actions.ts";
import { attachmentApi } from "./attachment.ts";
import { attachmentsApi } from "./attachments.ts";
import { eventsApi } from "./events.ts";
import { overviewApi } from "./overview.ts";
import { pluginsApi } from "./plugins.ts";
import { policyApi } from "./policy.ts";
import { poolApi } from "./pool.ts";
import { stream } from "./stream.ts";
import { topologyApi } from "./topology.ts";

/** @param csrf what a request that changes something has to bring along; undefined: nothing is to be changed */
export function createApi(parts: WebParts, csrf?: string): Hono {
  const api = new Hono();
  const areas = [
    overviewApi,
    poolApi,
    attachmentsApi,
    attachmentApi,
    topologyApi,
    policyApi,
    pluginsApi,
    eventsApi,
  ];
  for (const area of areas) api.route("/", area(parts));
  api.route("/", actionsApi(parts, csrf));
  api.get("/stream", () => stream(parts));
  api.notFound(({ req }) =>
    Response.json({ error: `There is nothing at ${req.method} ${req.path}.` }, { status: 404 })
  );
  api.onError((error) => {
    // A parameter that says nothing.
    if (error instanceof RangeError) return Response.json({ error: `${error.message}.` }, { status: 400 });
    const status = error instanceof HostCallError ? 503 : 500;
    return Response.json({ error: `${error.message.split("\n")[0]}.` }, { status });
  });
  return api;
}
