// Calls to the Kubernetes API: one answer, a list page by page, a watch line by line. By Deno's fetch:
// @kubernetes/client-node takes 1.9 s and 88 MB to load.

import { StoreError } from "../cluster/store/store.ts";
import type { ApiAccess } from "./api_access.ts";
import { lines } from "./lines.ts";

/** Milliseconds for a call. */
const CALL_MS = 10_000;
/** Objects in one answer: what an answer takes of memory is bounded. */
const PAGE = 500;
/** Seconds after which the API ends a watch, so that watches move to another server now and then. */
const WATCH_SECONDS = 300;

/** The place of a watch is not known any more (410): everything is to be listed again. */
export class Gone extends Error {
  override readonly name = "Gone";
}

/** The API has no such object, or no such kind (404). */
export class NotThere extends StoreError {
  constructor(message: string) {
    super("invalid", message);
  }
}

/** What a client is used for, for the words of a refusal. */
export interface ApiUse {
  /** What its role has to allow: `get, list and watch nodes`. */
  readonly rights: string;
  /** What to do where there is no such object: `check "node" in the agent's configuration`. */
  readonly whenMissing: string;
}

/** Objects of one kind. */
export interface Collection {
  /** `the nodes` */
  readonly what: string;
  /** `/api/v1/nodes` */
  readonly path: string;
}

export interface ObjectList {
  readonly items: readonly unknown[];
  readonly resourceVersion: string;
}

/** `bookmark` tells the version alone. */
export interface WatchedEvent {
  readonly type: "set" | "gone" | "bookmark";
  readonly object: unknown;
  readonly resourceVersion: string;
}

export class ApiClient implements Disposable {
  #client: Deno.HttpClient | undefined;

  constructor(private readonly access: ApiAccess, private readonly use: ApiUse, private readonly callMs = CALL_MS) {}

  get where(): string {
    return this.access.server;
  }

  /** All objects. @throws {Gone | StoreError} `NotThere` where the API does not know the kind */
  async list({ what, path }: Collection, signal: AbortSignal): Promise<ObjectList> {
    const all: unknown[] = [];
    let next = "";
    for (;;) {
      const query = new URLSearchParams({ limit: String(PAGE), ...next !== "" && { continue: next } });
      const { items, metadata } = await this.json(`list ${what}`, `${path}?${query}`, {}, signal) as {
        items?: unknown;
        metadata?: { resourceVersion?: string; continue?: string };
      };
      if (!Array.isArray(items)) {
        // Taken for an empty list, it would be a cluster that has none.
        const sentence = `Cannot list ${what} as the Kubernetes API at ${this.where} answered something else`;
        throw new StoreError("invalid", sentence);
      }
      for (const item of items) all.push(item);
      next = metadata?.continue ?? "";
      if (next === "") return { items: all, resourceVersion: metadata?.resourceVersion ?? "0" };
    }
  }

  /**
   * Changes after a resource version, until the API ends the watch. The first event says that the watch is there: a
   * bookmark without a version.
   *
   * @param probeMs milliseconds without a word, after which it is asked whether it still serves
   * @throws {Gone | StoreError}
   */
  async *watch(
    { what, path }: Collection,
    resourceVersion: string,
    probeMs: number,
    signal: AbortSignal,
  ): AsyncGenerator<WatchedEvent> {
    const doing = `watch ${what}`;
    const query = new URLSearchParams({
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion,
      timeoutSeconds: String(WATCH_SECONDS),
    });
    const ends = new AbortController();
    const response = await this.#fetch(doing, `${path}?${query}`, {}, AbortSignal.any([signal, ends.signal]));
    try {
      yield { type: "bookmark", object: undefined, resourceVersion: "" };
      const probe = async () => {
        await this.json(`read ${what}`, `${path}?limit=1`, {}, signal);
      };
      for await (const line of lines(response.body!, probeMs, probe)) yield eventOf(line);
    } catch (error) {
      throw this.#error(doing, error as Error, signal);
    } finally {
      ends.abort();
    }
  }

  /** Gives up connections: the next call makes new ones, with the certificates as they are then. */
  reset(): void {
    this.#client?.close();
    this.#client = undefined;
  }

  [Symbol.dispose](): void {
    this.reset();
  }

  /** One answer. @throws {Gone | StoreError} */
  async json(doing: string, path: string, init: RequestInit, signal: AbortSignal): Promise<unknown> {
    const late = AbortSignal.timeout(this.callMs);
    const response = await this.#fetch(doing, path, init, AbortSignal.any([signal, late]));
    try {
      return await response.json();
    } catch (error) {
      throw this.#error(doing, error as Error, signal);
    }
  }

  /** The head of an answer has to come in time; its body may last. */
  async #fetch(doing: string, path: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
    let answer = await this.#attempt(doing, path, init, signal);
    // The token may have been replaced between the two.
    if (answer.status === 401) {
      await answer.body?.cancel();
      answer = await this.#attempt(doing, path, init, signal);
    }
    if (answer.ok) return answer;
    const why = await messageOf(answer);
    if (answer.status === 410) throw new Gone(why);
    throw this.#refusal(doing, answer.status, why);
  }

  async #attempt(doing: string, path: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
    const inTime = new AbortController();
    const timer = setTimeout(() => inTime.abort(new DOMException("late", "TimeoutError")), this.callMs);
    try {
      const token = this.access.token();
      const headers = { accept: "application/json", ...token !== undefined && { authorization: `Bearer ${token}` } };
      this.#client ??= this.access.client();
      return await fetch(this.access.server + path, {
        ...init,
        headers: { ...headers, ...init.headers as Record<string, string> },
        client: this.#client,
        redirect: "error",
        signal: AbortSignal.any([signal, inTime.signal]),
      });
    } catch (error) {
      throw this.#error(doing, error as Error, signal);
    } finally {
      clearTimeout(timer);
    }
  }

  #error(doing: string, error: Error, signal: AbortSignal): Error {
    if (error instanceof StoreError || error instanceof Gone) return error;
    const isLate = error.name === "TimeoutError";
    if (signal.aborted && !isLate) return error;
    const why = isLate ? `there is no answer within ${this.callMs} ms` : error.message.replaceAll("\n", " ");
    return new StoreError(
      "unreachable",
      `Cannot ${doing} in the Kubernetes API at ${this.where} as ${why}`,
      { cause: error },
    );
  }

  #refusal(doing: string, status: number, why: string): StoreError {
    const sentence = `Cannot ${doing} in the Kubernetes API at ${this.where} as it answered ${status}: ${why}`;
    if (status === 401) return new StoreError("refused", `${sentence}; check the token or the certificate`);
    if (status === 403) return new StoreError("refused", `${sentence}; its role has to allow: ${this.use.rights}`);
    if (status === 404) return new NotThere(`${sentence}; ${this.use.whenMissing}`);
    return new StoreError(status >= 500 || status === 429 ? "unreachable" : "refused", sentence);
  }
}

/** @throws {Gone | Error} what the API says in place of an event */
function eventOf(line: string): WatchedEvent {
  const { type, object } = JSON.parse(line) as { type?: string; object?: Record<string, unknown> };
  if (type === "ERROR") {
    const why = String(object?.message ?? "it has ended the watch");
    throw object?.code === 410 ? new Gone(why) : new Error(why);
  }
  const metadata = object?.metadata as { resourceVersion?: unknown } | undefined;
  const resourceVersion = String(metadata?.resourceVersion ?? "");
  return { type: type === "BOOKMARK" ? "bookmark" : type === "DELETED" ? "gone" : "set", object, resourceVersion };
}

/** What a Status says, or the first words of something else. */
async function messageOf(answer: Response): Promise<string> {
  const text = await answer.text().catch(() => "");
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === "string") return message.slice(0, 500).replaceAll("\n", " ");
  } catch {
    // A proxy's page.
  }
  return text.slice(0, 100).replaceAll("\n", " ") || answer.statusText;
}
