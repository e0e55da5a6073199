// The agent's metrics, in Prometheus' text format. Names end in their unit, as Prometheus has it.

import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { listPools } from "../../host-funcs/leases/pools.ts";
import type { Database } from "../../host-funcs/state/database.ts";
import type { ClusterStatus } from "../cluster/status.ts";
import { OverlayMetrics } from "./cluster/overlay_metrics.ts";
import { Forecast } from "./forecast.ts";
import type { Duty, Told } from "./keeper/report.ts";
import type { Served } from "./served.ts";

/** Seconds: an ADD through the agent takes some milliseconds, one that waits for another up to half a minute. */
const BUCKETS = [0.001, 0.002, 0.003, 0.004, 0.006, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** What tells a pool from others. `store` is host-local's dataDir, where the configuration names one. */
const POOL = ["network", "subnets", "store"];

/** Steps of a trace that are named after a plugin: one series each would be one for each third-party name. */
const STEP_KINDS = ["load", "instantiate", "add", "del", "check", "gc", "status"];

export class Metrics {
  readonly registry = new Registry();
  readonly #forecasts = new Map<string, Forecast>();

  readonly #calls = this.#counter("cnidaria_calls_total", "CNI calls that came to an end", ["command", "result"]);
  readonly #errors = this.#counter("cnidaria_errors_total", "CNI calls that failed, by the error's code", [
    "command",
    "code",
  ]);
  readonly #declined = this.#counter("cnidaria_declined_total", "calls that the entry runs by the host instead", []);
  readonly #withdrawn = this.#counter("cnidaria_withdrawn_total", "calls whose caller had gone before they began", []);
  readonly #unheard = this.#counter("cnidaria_unheard_total", "calls whose answer nobody took", ["command"]);
  readonly #failures = this.#counter("cnidaria_failures_total", "connections that the agent itself failed at", []);
  readonly #undone = this.#counter(
    "cnidaria_undone_changes_total",
    "changes that were taken back; of a DEL, what its plugin had left",
    ["command", "result"],
  );
  readonly #collected = this.#counter("cnidaria_collected_total", "what garbage collection did", ["result"]);
  readonly #repairs = this.#counter("cnidaria_repairs_total", "differences that the agent repaired", ["result"]);
  readonly #differences = this.#gauge(
    "cnidaria_differences",
    "what was not as its ADD had left it after the last round of repair",
    [],
  );
  readonly #rounds = this.#histogram("cnidaria_repair_round_seconds", "a round of repair, with its rests", []);
  readonly #seconds = this.#histogram("cnidaria_call_seconds", "from taking a call to its answer", ["command"]);
  readonly #waited = this.#histogram("cnidaria_queue_seconds", "from the entry's request to taking it", []);
  readonly #steps = this.#histogram("cnidaria_step_seconds", "one step of a call", ["command", "step"]);
  readonly #held = this.#gauge("cnidaria_pool_leases", "addresses of a pool that are held", POOL);
  readonly #size = this.#gauge("cnidaria_pool_size", "addresses of a pool", POOL);
  readonly #exhaustion = this.#gauge(
    "cnidaria_pool_exhaustion_seconds",
    "until a pool is exhausted, as it filled in the last hour; +Inf where it does not fill",
    POOL,
  );
  readonly threads = this.#gauge("cnidaria_threads", "threads, by what they do", ["state"]);
  /** Where the keeper's work is counted, and what it is called there when it is done. */
  readonly #duties: Readonly<Record<Duty, { count(result: string, number: number): void; done: string }>> = {
    recover: { count: (result, number) => this.#undone.inc({ command: "", result }, number), done: "undone" },
    collect: { count: (result, number) => this.#collected.inc({ result }, number), done: "removed" },
    repair: { count: (result, number) => this.#repairs.inc({ result }, number), done: "repaired" },
  };

  readonly #overlay = new OverlayMetrics(this.registry);

  /** How the overlay is; undefined where there is none. */
  cluster(status: ClusterStatus | undefined): void {
    this.#overlay.told(status);
  }

  connection(served: Served): void {
    switch (served.kind) {
      case "declined":
        return this.#declined.inc();
      case "withdrawn":
        return this.#withdrawn.inc();
      case "failed":
        return this.#failures.inc();
      case "served":
        return this.#call(served);
    }
  }

  /** @param at milliseconds, of a clock that never goes back */
  pools(database: Database, at: number): void {
    this.noPools();
    const known = new Set<string>();
    for (const { network, store, subnets, held, size } of listPools(database)) {
      const id = JSON.stringify([network, store, subnets]);
      known.add(id);
      const forecast = this.#forecasts.get(id) ?? new Forecast();
      this.#forecasts.set(id, forecast);
      forecast.add(at, held);
      const labels = { network, subnets, ...store !== "" && { store } };
      this.#held.set(labels, held);
      this.#size.set(labels, Number(size));
      this.#exhaustion.set(labels, forecast.secondsLeft(Number(size)));
    }
    for (const id of this.#forecasts.keys()) if (!known.has(id)) this.#forecasts.delete(id);
  }

  /** Nothing is said of any pool. */
  noPools(): void {
    for (const gauge of [this.#held, this.#size, this.#exhaustion]) gauge.reset();
  }

  kept(told: Told): void {
    if (told.kind === "done") {
      const { count, done } = this.#duties[told.duty];
      count(done, told.done);
      count("failed", told.failed);
    } else if (told.kind === "compared") {
      this.#differences.set(told.differences);
      this.#rounds.observe({}, told.seconds);
    }
  }

  #call({ trace, sent, waitedMs }: Extract<Served, { kind: "served" }>): void {
    const command = trace.command === "" ? "none" : trace.command;
    this.#calls.inc({ command, result: trace.error === undefined ? "ok" : "error" });
    if (trace.error !== undefined) this.#errors.inc({ command, code: String(trace.error.code) });
    if (!sent) this.#unheard.inc({ command });
    this.#seconds.observe({ command }, trace.totalMs / 1000);
    this.#waited.observe({}, waitedMs / 1000);
    for (const { name, ms } of trace.steps) this.#steps.observe({ command, step: stepKind(name) }, ms / 1000);
    for (const { error } of trace.undone) {
      this.#undone.inc({ command, result: error === undefined ? "undone" : "failed" });
    }
  }

  #counter<T extends string>(name: string, help: string, labelNames: T[]): Counter<T> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  #gauge<T extends string>(name: string, help: string, labelNames: T[]): Gauge<T> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  #histogram<T extends string>(name: string, help: string, labelNames: T[]): Histogram<T> {
    return new Histogram({ name, help, labelNames, buckets: BUCKETS, registers: [this.registry] });
  }
}

function stepKind(name: string): string {
  const [first = ""] = name.split(" ");
  return STEP_KINDS.includes(first) ? first : name;
}
