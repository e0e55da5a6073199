import { Hono } from "hono";
import type { WebParts } from "../parts.ts";

export function attachmentApi(_: WebParts): Hono {
  return new Hono().get("/attachment", () => Response.json({}));
}
