// The measuring itself, inside namespaces of its own: `main.ts` starts it there, with the options as JSON.

import { Node } from "../lab/node.ts";
import { NoAgent } from "../lab/agent.ts";
import { measureBurst, prepareBurst } from "./burst.ts";
import { measureCalls, prepareCalls } from "./calls.ts";
import { BASE, type Contestant, contestants } from "./contestants.ts";
import type { BurstFigures, CallFigures, Figures, LeaseFigures, MemoryFigures } from "./figures.ts";
import { Lane } from "./lane.ts";
import { measureLeases } from "./leases.ts";
import type { Options } from "./options.ts";
import { plotOf } from "./plot.ts";
import { type BurstScenario, type CallScenario, type Scenario, scenariosOf } from "./scenarios.ts";
import { Stopped, stopSignal } from "./stop.ts";
import { tablesOf } from "./table.ts";

const write = (stream: typeof Deno.stdout, text: string) => stream.write(new TextEncoder().encode(`${text}\n`));
/** Bursts are many calls each: a few tell enough. */
const roundsOfBurst = (rounds: number) => Math.ceil(rounds / 10);

class Bench {
  readonly calls: CallFigures[] = [];
  readonly bursts: BurstFigures[] = [];
  readonly leases: LeaseFigures[] = [];
  readonly memory: MemoryFigures[] = [];
  #contestants: Contestant[];

  constructor(found: readonly Contestant[], readonly missing: string[], readonly stop: AbortSignal) {
    this.#contestants = [...found];
  }

  async measure(scenario: Scenario, rounds: number): Promise<void> {
    if (this.stop.aborted) throw new Stopped();
    if (scenario.kind === "leases") return void this.leases.push(...measureLeases(scenario));
    await using stack = new AsyncDisposableStack();
    const lanes = await this.#lanes(scenario, stack);
    if (scenario.kind === "calls") {
      const { calls, memory } = await measureCalls(lanes, scenario, rounds);
      this.calls.push(...calls);
      this.memory.push(...memory);
    } else {
      const owner = stack.use(await Node.create());
      const pods = [];
      for (let pod = 0; pod < scenario.pods; pod++) pods.push(await owner.pod());
      this.bursts.push(...await measureBurst(lanes, scenario, roundsOfBurst(rounds), pods));
    }
  }

  /** One for each contestant of the scenario, ready; without those that turn out to have no agent. */
  async #lanes(scenario: CallScenario | BurstScenario, stack: AsyncDisposableStack): Promise<Lane[]> {
    const lanes: Lane[] = [];
    const ipMasq = scenario.kind === "burst" || scenario.ipMasq;
    for (const contestant of this.#contestants.filter(({ ipMasqOnly }) => ipMasq || !ipMasqOnly)) {
      const lane = stack.use(await Lane.create(contestant, this.stop));
      try {
        await (scenario.kind === "burst" ? prepareBurst(lane) : prepareCalls(lane, scenario));
        lanes.push(lane);
      } catch (error) {
        if (!(error instanceof NoAgent)) throw error;
        this.missing.push(`${contestant.label}: ${error.message}`);
        this.#contestants = this.#contestants.filter((it) => it !== contestant);
      }
    }
    return lanes;
  }

  figures(rounds: number): Figures {
    const { calls, bursts, leases, memory, missing } = this;
    return {
      date: new Date().toISOString(),
      kernel: Deno.osRelease(),
      deno: Deno.version.deno,
      processors: navigator.hardwareConcurrency,
      rounds,
      contestants: this.#contestants.map(({ label }) => label),
      base: BASE,
      ...{ missing, calls, bursts, leases, memory },
    };
  }
}

async function main({ extent, rounds, out, plot }: Options): Promise<void> {
  const stop = stopSignal();
  const { found, missing } = await contestants();
  const bench = new Bench(found, missing, stop);
  for (const scenario of scenariosOf(extent)) {
    const began = performance.now();
    await bench.measure(scenario, rounds);
    await write(Deno.stderr, `${scenario.name}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
  }
  const figures = bench.figures(rounds);
  await write(Deno.stdout, tablesOf(figures));
  await Deno.writeTextFile(out, `${JSON.stringify(figures, null, 2)}\n`);
  await write(Deno.stderr, `Figures: ${out}`);
  const svg = plotOf(figures);
  if (svg === undefined) return;
  await Deno.writeTextFile(plot, svg);
  await write(Deno.stderr, `Plot: ${plot}`);
}

try {
  await main(JSON.parse(Deno.args[0]!) as Options);
  Deno.exit(0);
} catch (error) {
  await write(Deno.stderr, error instanceof Stopped ? "Stopped." : String(error));
  Deno.exit(1);
}
