// What the dashboard is made from: the agent gives it, tests give their own.

import type { NoAnswer } from "../runtime/agent/http.ts";
import type { PolicyAnswers } from "../runtime/agent/policy/messages.ts";
import type { PluginRow } from "../runtime/query/plugin_rows.ts";
import type { ClusterStatus } from "../runtime/cluster/status.ts";
import type { NodeView } from "../runtime/query/node_view.ts";
import type { CallHistory } from "../runtime/query/call_history.ts";
import type { EventLog } from "../runtime/query/event_log.ts";
import type { PoolHistory } from "../runtime/query/pool_history.ts";
import type { Changes } from "../runtime/query/changes.ts";
import type { Topic } from "./page.ts";
import type { Actions } from "./actions.ts";

export interface WebParts {
  /** This node's name. */
  readonly node: string;
  readonly version: string;
  readonly view: NodeView;
  readonly calls: CallHistory;
  readonly pools: PoolHistory;
  readonly events: EventLog;
  readonly changes: Changes<Topic>;
  cluster(): Promise<ClusterStatus | NoAnswer>;
  policy<Q extends keyof PolicyAnswers>(question: Q, argument?: number): Promise<PolicyAnswers[Q] | NoAnswer>;
  plugins(): readonly PluginRow[];
  /** What changes the node; undefined where that is not enabled. */
  readonly actions: Actions | undefined;
  /** Where `client.js` and `style.css` are. */
  readonly staticDir: string;
}
