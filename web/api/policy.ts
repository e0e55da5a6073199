import { Hono } from "hono";
import type { WebParts } from "../parts.ts";

export function policyApi(_: WebParts): Hono {
  return new Hono().get("/policy", () => Response.json({}));
}
