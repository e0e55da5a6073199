import { Hono } from "hono";
import type { WebParts } from "../parts.ts";

export function poolApi(_: WebParts): Hono {
  return new Hono().get("/pools", () => Response.json({}));
}
