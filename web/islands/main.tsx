// In the browser: takes the page over that the server rendered, and keeps it as the node is. Nothing here is needed to read
// a page.

import { signal } from "@preact/signals";
import { hydrate } from "preact";
import { findPage, titleOf, View, type ViewState } from "../components/view.tsx";
import { listenToChanges } from "./changes.ts";
import { liveForms } from "./live_form.ts";

const first = JSON.parse(document.getElementById("state")!.textContent!) as ViewState;
const state = signal<ViewState>(first);
const connection = signal<"live" | "paused" | "lost">("live");
let newest = 0;

/** Reads what the page shows; where this is older than what came meanwhile, or another page by now, it is left. */
async function read(href: string): Promise<void> {
  const number = ++newest;
  const url = new URL(href);
  const found = findPage(url.pathname);
  if (found === undefined) return;
  try {
    const answer = await fetch(`/api/v1${found.page.api(found.parameters, url.searchParams)}`);
    const data = await answer.json();
    if (number !== newest) return;
    const { node, csrf } = state.value;
    const base = { node, href, ...csrf !== undefined && { csrf } };
    state.value = answer.ok ? { ...base, data } : { ...base, problem: { status: answer.status, error: data.error } };
    document.title = `${titleOf(state.value)} · ${node} · cnidaria`;
  } catch {
    // The stream tells when the agent is there again.
    if (number === newest && connection.value === "live") connection.value = "lost";
  }
}

function Root() {
  const live = { state: connection.value, toggle };
  return <View state={state.value} live={live} />;
}

function toggle(): void {
  connection.value = connection.value === "paused" ? "live" : "paused";
  if (connection.value === "live") void read(state.value.href);
}

hydrate(<Root />, document.getElementById("page")!);

liveForms((href, isNew) => {
  if (isNew) history.pushState(null, "", href);
  else history.replaceState(null, "", href);
  void read(href);
});
addEventListener("popstate", () => void read(location.href));
listenToChanges({
  lost: () => {
    if (connection.value === "live") connection.value = "lost";
  },
  changed: (topics) => {
    const wasLost = connection.value === "lost";
    if (wasLost) connection.value = "live";
    if (connection.value === "paused") return;
    const page = findPage(new URL(state.value.href).pathname)?.page;
    if (wasLost || page?.topics.some((it) => topics.includes(it))) void read(state.value.href);
  },
});
addEventListener("cnidaria:read", () => void read(state.value.href));
document.documentElement.dataset.live = "yes";
