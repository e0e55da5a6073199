// Every pool of the node, and how full it is: for metrics and people.

import type { Database } from "../state/database.ts";
import { formatNetwork } from "../ip_number.ts";
import { type Layout, layoutOfKey, sizeOf } from "./layout.ts";

export interface PoolUse {
  readonly network: string;
  /** Empty: the default store. */
  readonly store: string;
  /** Its ranges' subnets, with commas between. */
  readonly subnets: string;
  readonly held: number;
  /** Addresses that can be given at all: those of the ranges without the reserved ones. */
  readonly size: bigint;
  readonly layout: Layout;
}

export function listPools(database: Database): PoolUse[] {
  return database.all("SELECT network, store, ranges, held FROM pools ORDER BY network, store, ranges").map((row) => {
    const layout = layoutOfKey(String(row.ranges));
    return {
      network: String(row.network),
      store: String(row.store),
      subnets: layout.ranges.map(({ network }) => formatNetwork(network)).join(","),
      held: Number(row.held),
      size: sizeOf(layout),
      layout,
    };
  });
}
