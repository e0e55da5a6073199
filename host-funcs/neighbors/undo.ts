import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { listFdb } from "./fdb.ts";
import { createNeighbors } from "./mod.ts";
import { findNeighbor } from "./neighbors.ts";

type NeighborChange = Extract<Change, { kind: "neighbor-set" | "neighbor-removed" | "fdb-set" | "fdb-removed" }>;

/** Takes a change of a neighbour or of a forwarding entry back. One that has another value by now is another's. */
export function undoNeighborChange(context: HostContext, change: NeighborChange): void {
  const neighbors = createNeighbors(context);
  switch (change.kind) {
    case "neighbor-set": {
      const { ns, link, address, before, mac } = change;
      const present = findNeighbor(context, ns, link, address);
      if (mac !== undefined && present !== undefined && present.mac !== mac) return;
      if (before) return neighbors.set(ns, { link, address, ...before });
      return neighbors.remove(ns, link, address);
    }
    case "neighbor-removed": {
      const { ns, link, address, mac, permanent } = change;
      return neighbors.set(ns, { link, address, mac, permanent });
    }
    case "fdb-set": {
      const entry = entryOf(change);
      const present = listFdb(context, entry.link).some(({ mac, dst }) => mac === entry.mac && dst === entry.dst);
      return present ? neighbors.fdbRemove(entry) : undefined;
    }
    case "fdb-removed":
      return neighbors.fdbSet(entryOf(change));
  }
}

function entryOf({ link, mac, dst }: { link: string; mac: string; dst?: string }) {
  return dst === undefined ? { link, mac } : { link, mac, dst };
}
