import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { createNeighbors } from "./mod.ts";

type NeighborChange = Extract<Change, { kind: "neighbor-set" | "neighbor-removed" | "fdb-set" | "fdb-removed" }>;

/** Takes a change of a neighbour or of a forwarding entry back. */
export function undoNeighborChange(context: HostContext, change: NeighborChange): void {
  const neighbors = createNeighbors(context);
  switch (change.kind) {
    case "neighbor-set": {
      const { ns, link, address, before } = change;
      if (before) return neighbors.set(ns, { link, address, ...before });
      return neighbors.remove(ns, link, address);
    }
    case "neighbor-removed": {
      const { ns, link, address, mac, permanent } = change;
      return neighbors.set(ns, { link, address, mac, permanent });
    }
    case "fdb-set":
      return neighbors.fdbRemove(entryOf(change));
    case "fdb-removed":
      return neighbors.fdbSet(entryOf(change));
  }
}

function entryOf({ link, mac, dst }: { link: string; mac: string; dst?: string }) {
  return dst === undefined ? { link, mac } : { link, mac, dst };
}
