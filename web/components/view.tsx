// A page with its shell, or why it cannot be shown: what the server renders first and the browser from then on.

import { PAGES } from "../pages.ts";
import { matchPath, type Page } from "../page.ts";
import { Problem, type ProblemData } from "./problem.tsx";
import { type LiveProps, Shell } from "./shell.tsx";

/** Can be told as JSON. */
export interface ViewState {
  readonly node: string;
  readonly href: string;
  readonly data?: unknown;
  readonly problem?: ProblemData;
  /** What an action has to bring along; undefined where actions are not enabled. */
  readonly csrf?: string;
}

// deno-lint-ignore no-explicit-any -- each page has data of its own
export function findPage(path: string): { page: Page<any>; parameters: Record<string, string> } | undefined {
  for (const page of PAGES) {
    const parameters = matchPath(page.path, path);
    if (parameters !== undefined) return { page, parameters };
  }
  return undefined;
}

export function titleOf({ href, data, problem }: ViewState): string {
  if (problem !== undefined) return problem.status === 404 ? "Not found" : "Cannot be shown";
  return findPage(new URL(href).pathname)?.page.title(data) ?? "Not found";
}

export function View({ state, live }: { readonly state: ViewState; readonly live?: LiveProps }) {
  const url = new URL(state.href);
  const found = findPage(url.pathname);
  const entries = PAGES.flatMap(({ path, entry }) => entry === undefined ? [] : [{ path, entry }]);
  const Page = found?.page.View;
  return (
    <Shell node={state.node} entries={entries} path={url.pathname} title={titleOf(state)} live={live}>
      {state.problem !== undefined || Page === undefined
        ? <Problem {...state.problem ?? { status: 404, error: "There is no such page." }} />
        : <Page data={state.data} url={url} csrf={state.csrf} />}
    </Shell>
  );
}
