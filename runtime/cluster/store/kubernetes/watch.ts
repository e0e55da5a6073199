// All nodes, as they change: listed once, then watched from that resource version on. A Node changes whenever its
// kubelet reports; only what changes for a peer is told.

import { pause } from "../../patience.ts";
import { BackOff } from "../back_off.ts";
import type { NodeEntry } from "../node_entry.ts";
import { StoreError, type StoreEvent } from "../store.ts";
import { Gone } from "../../../kubernetes/api_client.ts";
import type { KubernetesApi } from "./api.ts";
import { entryOf } from "./node_object.ts";

/** Milliseconds without a word, after which it is asked whether the API still serves. Bookmarks come every minute. */
const PROBE_MS = 90_000;

export interface WatchTimes {
  readonly backOff?: BackOff;
  readonly probeMs?: number;
}

export async function* watchNodes(
  api: KubernetesApi,
  signal: AbortSignal,
  { backOff = new BackOff(), probeMs = PROBE_MS }: WatchTimes = {},
): AsyncGenerator<StoreEvent> {
  let place: string | undefined;
  let told: string | undefined;
  const known = new Map<string, string>();
  while (!signal.aborted) {
    try {
      if (place === undefined) {
        const { nodes, resourceVersion } = await api.listNodes(signal);
        if (told !== undefined) yield { kind: "reachable" };
        told = undefined;
        yield* everything(nodes.map(entryOf), known);
        place = resourceVersion;
      }
      for await (const event of api.watchNodes(place, probeMs, signal)) {
        if (told !== undefined) yield { kind: "reachable" };
        told = undefined;
        if (event.resourceVersion !== "") {
          place = event.resourceVersion;
          backOff.reset();
        }
        if (event.type === "bookmark") continue;
        const entry: NodeEntry = event.type === "gone"
          ? { kind: "pending", name: event.node.name }
          : entryOf(event.node);
        const change = changeOf(entry, known);
        if (change !== undefined) yield change;
      }
      // Ended by the API: it does so now and then.
      await pause(backOff.next(), signal);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Gone) {
        place = undefined;
        await pause(backOff.next(), signal);
        continue;
      }
      const why = error instanceof StoreError ? error.message : `Cannot watch the nodes as ${(error as Error).message}`;
      if (why !== told) yield { kind: "unreachable", why };
      told = why;
      api.reset();
      await pause(backOff.next(), signal);
    }
  }
}

function* everything(entries: readonly NodeEntry[], known: Map<string, string>): Generator<StoreEvent> {
  known.clear();
  yield { kind: "all", nodes: entries.flatMap((entry) => entry.kind === "node" ? [entry.node] : []) };
  for (const entry of entries) {
    if (entry.kind === "node") known.set(entry.node.name, JSON.stringify(entry));
    else if (entry.kind === "ignored") yield changeOf(entry, known)!;
  }
}

/** What a change of a Node is for a peer; undefined for nothing. */
function changeOf(entry: NodeEntry, known: Map<string, string>): StoreEvent | undefined {
  const name = entry.kind === "node" ? entry.node.name : entry.name;
  if (entry.kind === "pending") return known.delete(name) ? { kind: "gone", name } : undefined;
  const text = JSON.stringify(entry);
  if (known.get(name) === text) return undefined;
  known.set(name, text);
  return entry.kind === "node" ? { kind: "set", node: entry.node } : entry;
}
