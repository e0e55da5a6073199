// What changes the node, or has it looked at: asked for by a page of ours alone, and told in the event log.

import { type Context, Hono } from "hono";
import type { Actions } from "../actions.ts";
import type { WebParts } from "../parts.ts";

export interface ActionAnswer {
  /** Sentences; none where there is nothing to tell. */
  readonly lines: readonly string[];
}

/** @param csrf what only a page of ours knows */
export function actionsApi({ actions, events, changes }: WebParts, csrf: string | undefined): Hono {
  const run = async (
    { req }: Context,
    name: string,
    subject: string | undefined,
    act: (actions: Actions) => Promise<readonly string[]>,
  ) => {
    if (actions === undefined || csrf === undefined) {
      const error = "Refused: the agent was started without --http-actions, and only shows.";
      return Response.json({ error }, { status: 403 });
    }
    if (req.header("x-csrf-token") !== csrf) {
      return Response.json({ error: "Refused: the request does not come from a page of this agent; load it anew." }, {
        status: 403,
      });
    }
    const told = (level: "info" | "error", text: string) => {
      events.add({ level, kind: "action", text: `${name}: ${text}`, ...subject !== undefined && { subject } });
      changes.tell("events");
      changes.tell("attachments");
    };
    try {
      const lines = await act(actions);
      told("info", lines.length === 0 ? "nothing to tell" : lines.join("; "));
      const answer: ActionAnswer = { lines };
      return Response.json(answer);
    } catch (error) {
      const why = (error as Error).message.split("\n")[0]!;
      told("error", why);
      return Response.json({ error: `${name} failed: ${why}.` }, { status: 409 });
    }
  };
  const keyOf = ({ req }: Context) => {
    const { network = "", container = "", ifname = "" } = req.param() as Record<string, string>;
    return { network, containerId: container, ifname };
  };
  const subjectOf = (context: Context) => Object.values(keyOf(context)).join("/");
  const one = "/attachments/:network/:container/:ifname";
  const app = new Hono()
    .post(`${one}/check`, (context) => run(context, "CHECK", subjectOf(context), (it) => it.check(keyOf(context))))
    .post(
      `${one}/release`,
      (context) => run(context, "release", subjectOf(context), async (it) => [await it.release(keyOf(context))]),
    )
    .post("/gc", (context) => run(context, "GC", undefined, (it) => it.collectGarbage()));
  for (const path of [`${one}/check`, `${one}/release`, "/gc"]) {
    app.all(
      path,
      () => Response.json({ error: "This is asked for by POST." }, { status: 405, headers: { allow: "POST" } }),
    );
  }
  return app;
}
