import { Hono } from "hono";
import type { WebParts } from "../parts.ts";

export function pluginsApi(_: WebParts): Hono {
  return new Hono().get("/plugins", () => Response.json({}));
}
