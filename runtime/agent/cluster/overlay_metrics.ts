// How the overlay is, in Prometheus' text format.

import { Gauge, type Registry } from "prom-client";
import type { ClusterStatus } from "../../cluster/status.ts";

/** Series are there once an agent runs an overlay: on a node without one, 0 would read as an overlay that is down. */
export class OverlayMetrics {
  #series: ReturnType<typeof createSeries> | undefined;

  constructor(private readonly registry: Registry) {}

  /** Undefined where there is none. */
  told(status: ClusterStatus | undefined): void {
    if (status === undefined) return;
    const series = this.#series ??= createSeries(this.registry);
    series.peers.reset();
    for (const { family, state } of status.peers) series.peers.inc({ family, state });
    series.joined.set(status.waitsFor === undefined ? 1 : 0);
    series.reachable.set(status.store.unreachable === undefined ? 1 : 0);
    // A lease that does not end by time has no series.
    if (status.leaseExpiresAt === undefined) series.lease.remove();
    else series.lease.set(status.leaseExpiresAt / 1000);
    series.repaired.set(status.repaired);
  }
}

function createSeries(registry: Registry) {
  const gauge = <T extends string>(name: string, help: string, labelNames: T[] = []) =>
    new Gauge({ name: `cnidaria_overlay_${name}`, help, labelNames, registers: [registry] });
  return {
    peers: gauge("peers", "other nodes, by whether they are reached", ["family", "state"]),
    joined: gauge("joined", "1 where this node has its subnet"),
    reachable: gauge("store_reachable", "1 where the cluster's store answers"),
    lease: gauge("lease_expiry_timestamp_seconds", "when the subnet's lease ends"),
    repaired: gauge("repaired", "what was made again or removed since the start"),
  };
}
