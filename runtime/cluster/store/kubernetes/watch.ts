// All nodes, as they change. A Node changes whenever its kubelet reports; only what changes for a peer is told.

import type { FollowTimes } from "../../../kubernetes/follow.ts";
import type { NodeEntry } from "../node_entry.ts";
import type { StoreEvent } from "../store.ts";
import type { KubernetesApi } from "./api.ts";
import { entryOf, readNodeObject } from "./node_object.ts";

export type WatchTimes = Pick<FollowTimes, "backOff" | "probeMs">;

export async function* watchNodes(
  api: KubernetesApi,
  signal: AbortSignal,
  times: WatchTimes = {},
): AsyncGenerator<StoreEvent> {
  const known = new Map<string, string>();
  for await (const event of api.followNodes(signal, times)) {
    switch (event.kind) {
      case "all":
        yield* everything(event.objects.map(readNodeObject).filter((it) => it !== undefined).map(entryOf), known);
        break;
      case "set":
      case "gone": {
        const node = readNodeObject(event.object);
        if (node === undefined) break;
        const change = changeOf(event.kind === "gone" ? { kind: "pending", name: node.name } : entryOf(node), known);
        if (change !== undefined) yield change;
        break;
      }
      case "unreachable":
      case "reachable":
        yield event;
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
