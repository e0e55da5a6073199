// The dashboard as a program of Hono: pages that the server renders, the API that they come from, and what is live.

import { Hono } from "hono";
import { renderToString } from "preact-render-to-string";
import { createApi } from "./api/mod.ts";
import { Document } from "./components/document.tsx";
import { findPage, titleOf, View, type ViewState } from "./components/view.tsx";
import type { WebParts } from "./parts.ts";
import { StaticFiles } from "./static_files.ts";

/** @param csrf what an action has to bring along, where actions are enabled */
export function createWeb(parts: WebParts, csrf?: string): Hono {
  const api = createApi(parts, csrf);
  const files = new StaticFiles(parts.staticDir);
  const app = new Hono()
    .route("/api/v1", api)
    .get("/static/:name", ({ req }) => files.answer(req.param("name"), req.header("if-none-match")));
  app.get("*", async ({ req }) => {
    const state = await stateOf(new URL(req.url), parts, api, csrf);
    const json = JSON.stringify(state).replaceAll("<", "\\u003c");
    const body = renderToString(
      <Document title={titleOf(state)} node={parts.node} digest={files.digest} state={json}>
        <View state={state} />
      </Document>,
    );
    return new Response(`<!doctype html>${body}`, {
      status: state.problem?.status ?? 200,
      headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" },
    });
  });
  app.onError((error) => Response.json({ error: sentence(error) }, { status: 500 }));
  return app;
}

async function stateOf(url: URL, parts: WebParts, api: Hono, csrf: string | undefined): Promise<ViewState> {
  const base = { node: parts.node, href: url.href, ...csrf !== undefined && { csrf } };
  const found = findPage(url.pathname);
  if (found === undefined) return { ...base, problem: { status: 404, error: `There is no page ${url.pathname}.` } };
  const from = found.page.api(found.parameters, url.searchParams);
  const answer = await api.request(from);
  const data = await answer.json();
  return answer.ok ? { ...base, data } : { ...base, problem: { status: answer.status, error: data.error } };
}

function sentence(error: Error): string {
  return error.message.split("\n")[0]!;
}
