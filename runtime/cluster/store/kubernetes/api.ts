// The calls to the Kubernetes API that a node needs: get, list and watch nodes, and patch its own node's status. By
// Deno's fetch: @kubernetes/client-node takes 1.9 s and 88 MB to load.

import { StoreError } from "../store.ts";
import type { ApiAccess } from "./api_access.ts";
import { lines } from "./lines.ts";
import { type NodeObject, readNodeObject } from "./node_object.ts";

/** Milliseconds for a call. */
const CALL_MS = 10_000;
/** Nodes in one answer: what an answer takes of memory is bounded. */
const PAGE = 500;
/** Seconds after which the API ends a watch, so that watches move to another server now and then. */
const WATCH_SECONDS = 300;

/** The place of a watch is not known any more (410): everything is to be listed again. */
export class Gone extends Error {
  override readonly name = "Gone";
}

export interface NodeList {
  readonly nodes: readonly NodeObject[];
  readonly resourceVersion: string;
}

export type NodeEvent =
  | { readonly type: "set" | "gone"; readonly node: NodeObject; readonly resourceVersion: string }
  | { readonly type: "bookmark"; readonly resourceVersion: string };

export class KubernetesApi implements Disposable {
  #client: Deno.HttpClient | undefined;

  constructor(private readonly access: ApiAccess, private readonly callMs = CALL_MS) {}

  get where(): string {
    return this.access.server;
  }

  async getNode(name: string, signal: AbortSignal): Promise<NodeObject> {
    const what = `read node "${name}"`;
    const node = readNodeObject(await this.#json(what, `/api/v1/nodes/${encodeURIComponent(name)}`, {}, signal));
    if (node !== undefined) return node;
    throw new StoreError("invalid", `Cannot ${what} as the Kubernetes API at ${this.where} answered something else`);
  }

  async listNodes(signal: AbortSignal): Promise<NodeList> {
    const nodes: NodeObject[] = [];
    let next = "";
    for (;;) {
      const query = new URLSearchParams({ limit: String(PAGE), ...next !== "" && { continue: next } });
      const { items, metadata } = await this.#json("list the nodes", `/api/v1/nodes?${query}`, {}, signal) as {
        items?: unknown[];
        metadata?: { resourceVersion?: string; continue?: string };
      };
      if (!Array.isArray(items)) {
        // Taken for an empty list, it would be a cluster without nodes.
        throw new StoreError(
          "invalid",
          `Cannot list the nodes as the Kubernetes API at ${this.where} answered no list`,
        );
      }
      for (const item of items) {
        const node = readNodeObject(item);
        if (node !== undefined) nodes.push(node);
      }
      next = metadata?.continue ?? "";
      if (next === "") return { nodes, resourceVersion: metadata?.resourceVersion ?? "0" };
    }
  }

  /** @throws {StoreError} */
  async annotate(name: string, annotations: Record<string, string>, signal: AbortSignal): Promise<void> {
    const init = {
      method: "PATCH",
      headers: { "content-type": "application/strategic-merge-patch+json" },
      body: JSON.stringify({ metadata: { annotations } }),
    };
    const path = `/api/v1/nodes/${encodeURIComponent(name)}/status`;
    await this.#json(`write the annotations of node "${name}"`, path, init, signal);
  }

  /**
   * Changes after a resource version, until the API ends the watch. The first event says that the watch is there: a
   * bookmark without a version.
   *
   * @param probeMs milliseconds without a word, after which it is asked whether it still serves
   * @throws {Gone | StoreError}
   */
  async *watchNodes(resourceVersion: string, probeMs: number, signal: AbortSignal): AsyncGenerator<NodeEvent> {
    const what = "watch the nodes";
    const query = new URLSearchParams({
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion,
      timeoutSeconds: String(WATCH_SECONDS),
    });
    const ends = new AbortController();
    const response = await this.#fetch(what, `/api/v1/nodes?${query}`, {}, AbortSignal.any([signal, ends.signal]));
    try {
      yield { type: "bookmark", resourceVersion: "" };
      const probe = async () => {
        await this.#json("read the nodes", "/api/v1/nodes?limit=1", {}, signal);
      };
      for await (const line of lines(response.body!, probeMs, probe)) yield eventOf(line);
    } catch (error) {
      throw this.#error(what, error as Error, signal);
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

  async #json(what: string, path: string, init: RequestInit, signal: AbortSignal): Promise<unknown> {
    const late = AbortSignal.timeout(this.callMs);
    const response = await this.#fetch(what, path, init, AbortSignal.any([signal, late]));
    try {
      return await response.json();
    } catch (error) {
      throw this.#error(what, error as Error, signal);
    }
  }

  /** The head of an answer has to come in time; its body may last. */
  async #fetch(what: string, path: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
    let answer = await this.#attempt(what, path, init, signal);
    // The token may have been replaced between the two.
    if (answer.status === 401) {
      await answer.body?.cancel();
      answer = await this.#attempt(what, path, init, signal);
    }
    if (answer.ok) return answer;
    const why = await messageOf(answer);
    if (answer.status === 410) throw new Gone(why);
    throw this.#refusal(what, answer.status, why);
  }

  async #attempt(what: string, path: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
    const token = this.access.token();
    const headers = { accept: "application/json", ...token !== undefined && { authorization: `Bearer ${token}` } };
    const inTime = new AbortController();
    const timer = setTimeout(() => inTime.abort(new DOMException("late", "TimeoutError")), this.callMs);
    try {
      this.#client ??= this.access.client();
      return await fetch(this.access.server + path, {
        ...init,
        headers: { ...headers, ...init.headers as Record<string, string> },
        client: this.#client,
        redirect: "error",
        signal: AbortSignal.any([signal, inTime.signal]),
      });
    } catch (error) {
      throw this.#error(what, error as Error, signal);
    } finally {
      clearTimeout(timer);
    }
  }

  #error(what: string, error: Error, signal: AbortSignal): Error {
    if (error instanceof StoreError || error instanceof Gone) return error;
    const isLate = error.name === "TimeoutError";
    if (signal.aborted && !isLate) return error;
    const why = isLate ? `there is no answer within ${this.callMs} ms` : error.message.replaceAll("\n", " ");
    return new StoreError(
      "unreachable",
      `Cannot ${what} in the Kubernetes API at ${this.where} as ${why}`,
      { cause: error },
    );
  }

  #refusal(what: string, status: number, why: string): StoreError {
    const sentence = `Cannot ${what} in the Kubernetes API at ${this.where} as it answered ${status}: ${why}`;
    if (status === 401) return new StoreError("refused", `${sentence}; check the token or the certificate`);
    if (status === 403) {
      const rights = "get, list and watch nodes, and patch nodes/status";
      return new StoreError("refused", `${sentence}; its role has to allow: ${rights}`);
    }
    if (status === 404) return new StoreError("invalid", `${sentence}; check "node" in the agent's configuration`);
    return new StoreError(status >= 500 || status === 429 ? "unreachable" : "refused", sentence);
  }
}

/** @throws {Gone | Error} what the API says in place of an event */
function eventOf(line: string): NodeEvent {
  const { type, object } = JSON.parse(line) as { type?: string; object?: Record<string, unknown> };
  if (type === "ERROR") {
    const why = String(object?.message ?? "it has ended the watch");
    throw object?.code === 410 ? new Gone(why) : new Error(why);
  }
  const metadata = object?.metadata as { resourceVersion?: unknown } | undefined;
  const resourceVersion = String(metadata?.resourceVersion ?? "");
  const node = readNodeObject(object);
  if (type === "BOOKMARK" || node === undefined) return { type: "bookmark", resourceVersion };
  return { type: type === "DELETED" ? "gone" : "set", node, resourceVersion };
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
