// The `neighbors` interface of the contract.

import type * as Neighbors from "cnidaria:cni/neighbors@0.3.0";
import type { HostContext } from "../context.ts";
import { announce } from "./announce.ts";
import { listFdb, removeFdb, setFdb } from "./fdb.ts";
import { listNeighbors, removeNeighbor, setNeighbor } from "./neighbors.ts";

/** The host functions of `cnidaria:cni/neighbors`, for one call. */
export function createNeighbors(context: HostContext): typeof Neighbors {
  return {
    list: (ns, link) => listNeighbors(context, ns, link),
    set: (ns, neighbor) => setNeighbor(context, ns, neighbor),
    remove: (ns, link, address) => removeNeighbor(context, ns, link, address),
    fdbList: (link) => listFdb(context, link),
    fdbSet: (entry) => setFdb(context, entry),
    fdbRemove: (entry) => removeFdb(context, entry),
    announce: (ns, link, address) => announce(context, ns, link, address),
  };
}
