import { Hono } from "hono";
import type { WebParts } from "../parts.ts";

export function overviewApi(_: WebParts): Hono {
  return new Hono().get("/overview", () => Response.json({}));
}
