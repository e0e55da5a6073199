// /events: what has happened of late.

import { Hono } from "hono";
import type { NodeEvent } from "../../runtime/query/event_log.ts";
import { type Columns, type Selected, selectRows } from "../../runtime/query/select_rows.ts";
import type { WebParts } from "../parts.ts";

export interface EventsAnswer extends Selected<NodeEvent> {
  /** Kinds that there are, for a filter. */
  readonly kinds: readonly string[];
  readonly now: number;
}

const COLUMNS: Columns<NodeEvent> = {
  level: { text: ({ level }) => level },
  kind: { text: ({ kind }) => kind },
  text: { text: ({ text }) => text },
  subject: { text: ({ subject = "" }) => subject },
};

export function eventsApi({ events }: WebParts): Hono {
  return new Hono().get("/events", ({ req }) => {
    const query = new URL(req.url).searchParams;
    const after = Number(query.get("after") ?? 0);
    if (!Number.isSafeInteger(after) || after < 0) throw new RangeError("after must be the number of an event");
    const all = events.list(after).toReversed();
    const answer: EventsAnswer = {
      ...selectRows(all, COLUMNS, query),
      kinds: [...new Set(all.map(({ kind }) => kind))].sort(),
      now: Date.now(),
    };
    return Response.json(answer);
  });
}
