// The dashboard without an agent: over a state of its own, for tests.

import { CallHistory } from "../../runtime/query/call_history.ts";
import { Changes } from "../../runtime/query/changes.ts";
import { EventLog } from "../../runtime/query/event_log.ts";
import { NodeView } from "../../runtime/query/node_view.ts";
import { PoolHistory } from "../../runtime/query/pool_history.ts";
import type { Database } from "../../host-funcs/state/database.ts";
import { openDatabase } from "../../host-funcs/state/open_database.ts";
import type { Topic } from "../page.ts";
import type { WebParts } from "../parts.ts";

export interface TestParts extends WebParts {
  /** The state, for what is to be in it. */
  readonly database: Database;
}

/** Runs a test with them; the state goes afterwards. @param given instead of what they have */
export async function withParts(
  body: (parts: TestParts) => void | Promise<void>,
  given: Partial<WebParts> = {},
): Promise<void> {
  const parent = await Deno.makeTempDir({ prefix: "cnidaria-web-" });
  const database = openDatabase(`${parent}/state`);
  const view = new NodeView(`${parent}/state`);
  try {
    await body({
      node: "node-1",
      version: "0.0.0",
      view,
      calls: new CallHistory(),
      pools: new PoolHistory(),
      events: new EventLog(),
      changes: new Changes<Topic>(),
      cluster: () => Promise.resolve("none"),
      policy: () => Promise.resolve("none"),
      plugins: () => [],
      actions: undefined,
      staticDir: new URL("../../dist/web", import.meta.url).pathname,
      ...given,
      database,
    });
  } finally {
    view[Symbol.dispose]();
    database.close();
    await Deno.remove(parent, { recursive: true });
  }
}
