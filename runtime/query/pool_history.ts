// How full pools were of late, and when they will be exhausted.

import type { PoolUse } from "../../host-funcs/leases/pools.ts";
import { Forecast } from "../agent/forecast.ts";

export interface Sample {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly held: number;
}

/** Milliseconds between two samples that are kept, and samples kept: a day. */
export const SAMPLE_MS = 60_000;
const MOST = 1_440;

export class PoolHistory {
  readonly #pools = new Map<string, { samples: Sample[]; forecast: Forecast }>();

  /** To be called every minute or so. */
  add(pools: readonly PoolUse[], at: number = Date.now()): void {
    const known = new Set<string>();
    for (const pool of pools) {
      const id = poolId(pool);
      known.add(id);
      const kept = this.#pools.get(id) ?? { samples: [], forecast: new Forecast() };
      this.#pools.set(id, kept);
      kept.forecast.add(at, pool.held);
      kept.samples = [...kept.samples, { at, held: pool.held }].slice(-MOST);
    }
    for (const id of this.#pools.keys()) if (!known.has(id)) this.#pools.delete(id);
  }

  /** The oldest first. */
  samples(pool: PoolUse): readonly Sample[] {
    return this.#pools.get(poolId(pool))?.samples ?? [];
  }

  /** Seconds until it has no address left; Infinity while it does not fill, or too little is known. */
  secondsLeft(pool: PoolUse): number {
    return this.#pools.get(poolId(pool))?.forecast.secondsLeft(Number(pool.size)) ?? Infinity;
  }
}

/** Names a pool in URLs: its network, subnets and store. */
export function poolId({ network, store, subnets }: Pick<PoolUse, "network" | "store" | "subnets">): string {
  return [network, subnets, ...store === "" ? [] : [store]].join("|");
}
