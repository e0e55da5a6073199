// How network policies are, and what they have let in and dropped, in Prometheus' text format.

import { Gauge, type Registry } from "prom-client";
import type { PolicyMeasures } from "./messages.ts";

/** The kernel counts what rules do; its counters are told as they are. */
const COUNTED = ["direction", "verdict", "policy"];

/** Series are there once an agent enforces policies. */
export class PolicyMetrics {
  #series: ReturnType<typeof createSeries> | undefined;

  constructor(private readonly registry: Registry) {}

  /** What the thread says; undefined where there is none, or it does not answer: then nothing is told that may be old. */
  told(measures: PolicyMeasures | undefined): void {
    if (measures === undefined) {
      for (const gauge of Object.values(this.#series ?? {})) gauge.reset();
      return;
    }
    const series = this.#series ??= createSeries(this.registry);
    const { status, counts, dropsSeen } = measures;
    series.inForce.set(status.inForce ? 1 : 0);
    series.synced.set(status.synced ? 1 : 0);
    for (const [kind, number] of Object.entries(status.objects)) series.objects.set({ kind }, number);
    series.localPods.set(status.localPods);
    series.rejected.set(status.rejected.length);
    series.waiting.set(status.waiting.length);
    series.elements.set(status.elements);
    series.repairs.set(status.repairs);
    series.failures.set(status.failures);
    series.dropsSeen.set(dropsSeen);
    if (status.lastPlan !== undefined) {
      series.planSeconds.set(status.lastPlan.ms / 1000);
      series.plannedAt.set(status.lastPlan.at / 1000);
    }
    series.packets.reset();
    series.bytes.reset();
    for (const { packets, bytes, direction, verdict, policy } of counts) {
      series.packets.set({ direction, verdict, policy }, packets);
      series.bytes.set({ direction, verdict, policy }, bytes);
    }
  }
}

function createSeries(registry: Registry) {
  const gauge = <T extends string>(name: string, help: string, labelNames: T[] = []) =>
    new Gauge({ name: `cnidaria_policy_${name}`, help, labelNames, registers: [registry] });
  return {
    inForce: gauge("in_force", "1 where a plan of this run is in force"),
    synced: gauge("synced", "1 where every kind of object was listed"),
    objects: gauge("objects", "objects that are known", ["kind"]),
    localPods: gauge("local_pods", "pods whose traffic is judged here"),
    rejected: gauge("rejected", "policies that cannot be used; what was in force by their names stays so"),
    waiting: gauge("isolated_addresses", "addresses of new pods that are isolated, as their pod is not known yet"),
    elements: gauge("elements", "elements of all sets and maps"),
    planSeconds: gauge("last_plan_seconds", "from the events of the last plan to the kernel's answer"),
    plannedAt: gauge("last_plan_timestamp_seconds", "when the last plan came into force"),
    repairs: gauge("repairs", "times since the start that rules were not as they were applied, and were made again"),
    failures: gauge("failures", "times since the start that a plan or a repair could not be brought in force"),
    dropsSeen: gauge("drops_logged", "dropped packets since the start that the sampled log had"),
    packets: gauge(
      "packets",
      "packets that rules have judged: of what is let through, each connection's first",
      COUNTED,
    ),
    bytes: gauge("bytes", "bytes of these packets", COUNTED),
  };
}
