import { Hono } from "hono";
import type { WebParts } from "../parts.ts";

export function topologyApi(_: WebParts): Hono {
  return new Hono().get("/topology", () => Response.json({}));
}
