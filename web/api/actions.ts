import { Hono } from "hono";
import type { WebParts } from "../parts.ts";

export function actionsApi(_: WebParts, _csrf: string): Hono {
  return new Hono();
}
