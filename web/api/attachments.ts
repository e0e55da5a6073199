// /attachments and /leases: who has which address.

import { Hono } from "hono";
import { addressOrder } from "../../runtime/query/address_order.ts";
import type { AttachmentRow } from "../../runtime/query/attachment_rows.ts";
import { livenessOfRow } from "../../runtime/query/node_view.ts";
import { type Columns, matchingRows, selectRows } from "../../runtime/query/select_rows.ts";
import type { WebParts } from "../parts.ts";

export const ATTACHMENT_COLUMNS: Columns<AttachmentRow> = {
  pod: { text: ({ podName }) => podName },
  namespace: { text: ({ podNamespace }) => podNamespace },
  address: { text: ({ addresses }) => addresses.join(" "), order: ({ addresses }) => addressOrder(addresses[0] ?? "") },
  network: { text: ({ network }) => network },
  container: { text: ({ containerId }) => containerId },
  ifname: { text: ({ ifname }) => ifname },
  mac: { text: ({ mac }) => mac },
  host: { text: ({ hostInterface }) => hostInterface },
  bridge: { text: ({ bridge }) => bridge },
  plugins: { text: ({ plugins }) => plugins.join(" ") },
  runtime: { text: ({ runtime }) => runtime },
  since: { text: ({ sinceMs }) => new Date(sinceMs).toISOString(), order: ({ sinceMs }) => sinceMs },
  state: { text: livenessOfRow },
};

/** What is told of a row; what only the node itself makes sense of is not. */
export function shownRow(row: AttachmentRow) {
  const { netnsId: _, bootId: __, ...shown } = row;
  return { ...shown, liveness: livenessOfRow(row) };
}

export type ShownAttachment = ReturnType<typeof shownRow>;

export interface AttachmentsAnswer {
  readonly total: number;
  readonly matched: number;
  readonly page: number;
  readonly pages: number;
  readonly rows: readonly ShownAttachment[];
  /** Milliseconds since 1970: ages are seen from here. */
  readonly now: number;
}

export function attachmentsApi({ view }: WebParts): Hono {
  return new Hono()
    .get("/leases", ({ req }) => {
      const network = req.query("network");
      return Response.json(view.snapshot().leases.filter((it) => network === undefined || it.network === network));
    })
    .get("/attachments", ({ req }) => {
      const { rows, ...counts } = selectRows(
        view.snapshot().attachments,
        ATTACHMENT_COLUMNS,
        new URL(req.url).searchParams,
      );
      const answer: AttachmentsAnswer = { ...counts, rows: rows.map(shownRow), now: Date.now() };
      return Response.json(answer);
    })
    .get(
      "/attachments.json",
      ({ req }) =>
        download(
          "attachments.json",
          "application/json",
          JSON.stringify(exported(view.snapshot().attachments, req.url), null, 2),
        ),
    )
    .get("/attachments.csv", ({ req }) => {
      const rows = exported(view.snapshot().attachments, req.url);
      return download("attachments.csv", "text/csv; charset=utf-8", csv(rows));
    });
}

function exported(rows: readonly AttachmentRow[], url: string): ShownAttachment[] {
  return matchingRows(rows, ATTACHMENT_COLUMNS, new URL(url).searchParams).map(shownRow);
}

const CSV_COLUMNS: readonly (keyof ShownAttachment)[] = [
  "network",
  "podNamespace",
  "podName",
  "addresses",
  "containerId",
  "ifname",
  "mac",
  "hostInterface",
  "bridge",
  "plugins",
  "runtime",
  "liveness",
  "netns",
];

/** RFC 4180. A cell that a spreadsheet would take for a formula gets an apostrophe before it. */
function csv(rows: readonly ShownAttachment[]): string {
  const cell = (value: unknown) => {
    const text = Array.isArray(value) ? value.join(" ") : String(value);
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = rows.map((row) => [...CSV_COLUMNS.map((name) => cell(row[name])), new Date(row.sinceMs).toISOString()]);
  return [[...CSV_COLUMNS, "since"], ...lines].map((cells) => `${cells.join(",")}\r\n`).join("");
}

function download(name: string, type: string, body: string): Response {
  return new Response(body, {
    headers: { "content-type": type, "content-disposition": `attachment; filename="${name}"` },
  });
}
