// /plugins: the components that are installed, what each may do, and how its calls went.

import { Hono } from "hono";
import type { PluginRow } from "../../runtime/query/plugin_rows.ts";
import type { WebParts } from "../parts.ts";

export interface ShownPlugin extends PluginRow {
  /** Of the agent, since it began. */
  readonly calls: number;
  readonly failed: number;
}

export function pluginsApi({ plugins, calls }: WebParts): Hono {
  return new Hono().get("/plugins", () => {
    const answer: ShownPlugin[] = plugins().map((row) => ({ ...row, ...calls.plugin(row.name) }));
    return Response.json(answer);
  });
}
