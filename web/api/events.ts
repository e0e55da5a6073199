import { Hono } from "hono";
import type { WebParts } from "../parts.ts";

export function eventsApi(_: WebParts): Hono {
  return new Hono().get("/events", () => Response.json({}));
}
