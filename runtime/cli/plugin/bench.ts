// `cnidaria plugin bench`: what a plugin costs. On a node in memory, so that the kernel's time is not in it; fuel and
// host calls are the same in every run, time is this machine's.

import { CniFailure } from "../../cni/failure.ts";
import { CommandFailure, type Output, table } from "../output.ts";
import { Scenario, type ScenarioOptions } from "./scenario.ts";
import { subjectOf } from "./subject.ts";

export interface BenchOptions extends ScenarioOptions {
  readonly rounds: number;
  readonly json?: boolean;
}

/** Of one verb. Times are milliseconds, and of the whole call: transaction, instances and host calls. */
interface Cost {
  verb: "ADD" | "DEL";
  /** Of each plugin, delegates included. Empty on an engine that does not count. */
  fuel: Record<string, number>;
  hostCalls: number;
  medianMs: number;
  p99Ms: number;
}

export async function pluginBench(dir: string, options: BenchOptions, output: Output): Promise<void> {
  const subject = await subjectOf(dir);
  using scenario = await Scenario.open(subject, { ...options, memory: true });
  try {
    const costs = await measure(scenario, options.rounds);
    if (options.json === true) return output.json({ plugin: subject.name, rounds: options.rounds, costs });
    output.line(`${subject.name}: ${options.rounds} rounds on a node in memory`);
    output.line("");
    for (const line of lines(costs)) output.line(line);
  } catch (error) {
    if (!(error instanceof CniFailure)) throw error;
    throw new CommandFailure(`Cannot go on with the bench: code ${error.code}: ${error.message}`);
  }
}

async function measure(scenario: Scenario, rounds: number): Promise<Cost[]> {
  const add = new Meter(scenario, "ADD");
  const del = new Meter(scenario, "DEL");
  for (let round = 0; round < rounds; round++) {
    const pod = scenario.pod(`pod${round}`);
    await add.run((told) => scenario.add(pod, told));
    await del.run((told) => scenario.del(pod, told));
    pod.end();
  }
  return [add.cost(), del.cost()];
}

/** Collects what one verb of the list costs. */
class Meter {
  readonly #times: number[] = [];
  #fuel: Record<string, number> = {};
  #hostCalls = 0;

  constructor(private readonly scenario: Scenario, private readonly verb: Cost["verb"]) {}

  async run(verb: (told: () => void) => Promise<unknown>): Promise<void> {
    const { node } = this.scenario;
    this.#fuel = {};
    this.#hostCalls = 0;
    const began = performance.now();
    await verb(() => {
      this.#hostCalls += node.calls.length;
      for (const [plugin, units] of Object.entries(node.fuel)) {
        this.#fuel[plugin] = (this.#fuel[plugin] ?? 0) + units;
      }
    });
    this.#times.push(performance.now() - began);
  }

  /** Fuel and host calls of the last round: a plugin's first ADD may make what later ones find. */
  cost(): Cost {
    const times = this.#times.toSorted((a, b) => a - b);
    return {
      verb: this.verb,
      fuel: this.#fuel,
      hostCalls: this.#hostCalls,
      medianMs: rounded(times[Math.floor(times.length / 2)]!),
      p99Ms: rounded(times[Math.min(times.length - 1, Math.floor(times.length * 0.99))]!),
    };
  }
}

function lines(costs: readonly Cost[]): string[] {
  const rows = costs.map(({ verb, fuel, hostCalls, medianMs, p99Ms }) => [
    verb,
    Object.entries(fuel).map(([plugin, units]) => `${plugin} ${units}`).join(", ") || "not counted by this engine",
    String(hostCalls),
    medianMs.toFixed(2),
    p99Ms.toFixed(2),
  ]);
  return table(["VERB", "FUEL", "HOST CALLS", "MEDIAN MS", "P99 MS"], rows);
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
