// What a page is. Its data is an answer of the API: what a page shows, a program can read.

import type { ComponentType } from "preact";

export interface PageProps<D> {
  readonly data: D;
  /** Of the page, with its filters. */
  readonly url: URL;
  /** What an action has to bring along as `x-csrf-token`; undefined where actions are not enabled. */
  readonly csrf?: string | undefined;
}

/** What the stream of changes tells of: `attachments` whatever is in the node's state, `events` the event log. */
export type Topic = "attachments" | "events" | "cluster" | "policy";

export interface Page<D> {
  readonly name: string;
  /** Hono's pattern. */
  readonly path: string;
  /** In the navigation; undefined: not there. */
  readonly entry?: string;
  title(data: D): string;
  /** The path and query of the API from which its data comes. @param parameters of the path */
  api(parameters: Readonly<Record<string, string>>, query: URLSearchParams): string;
  /** After which changes its data is read anew. */
  readonly topics: readonly Topic[];
  readonly View: ComponentType<PageProps<D>>;
}

/** `api` for a page whose query is the API's. */
export function sameQuery(path: string): Page<unknown>["api"] {
  return (_, query) => {
    const text = query.toString();
    return text === "" ? path : `${path}?${text}`;
  };
}

/** A path's parameters, by its pattern; undefined where it is another path, or none. Segments are decoded. */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [at, segment] of wanted.entries()) {
    if (segment.startsWith(":")) {
      const value = decoded(given[at]!);
      if (value === undefined) return undefined;
      parameters[segment.slice(1)] = value;
    } else if (segment !== given[at]) return undefined;
  }
  return parameters;
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
