// The words after `deno task bench`.

import { Command, InvalidArgumentError } from "commander";
import { type Extent, FULL, QUICK } from "./scenarios.ts";

export interface Options {
  readonly extent: Extent;
  readonly rounds: number;
  /** Where the figures go. */
  readonly out: string;
  /** Where the plot goes: into the repository only where it shows everything. */
  readonly plot: string;
}

const dist = new URL("../../dist/", import.meta.url).pathname;

/** @throws {CommanderError} where they are wrong, or ask for help */
export function optionsOf(words: readonly string[]): Options {
  const program = new Command("bench")
    .description("Measures ADD and DEL of cnidaria and of upstream's plugins, in namespaces of their own.")
    .option("--quick", "few rounds, 0 and 1,000 pods held, bursts of 50", false)
    .option("--rounds <n>", "rounds of each scenario: 30, or 5 with --quick", count)
    .option("--held <list>", "pods that have leases and rules already: 0,1000,10000", counts)
    .option("--only <part>", "only scenarios with that in their name", "")
    .option("--out <file>", "where the figures go", `${dist}bench.json`)
    .exitOverride();
  program.parse([...words], { from: "user" });
  const { quick, rounds, held, only, out } = program.opts();
  const extent = quick ? QUICK : FULL;
  const whole = !quick && only === "" && held === undefined;
  return {
    extent: { ...extent, only, ...(held === undefined ? {} : { held }) },
    rounds: rounds ?? (quick ? 5 : 30),
    out,
    plot: whole ? new URL("./bench.svg", import.meta.url).pathname : `${dist}bench.svg`,
  };
}

function count(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("A number from 1 on is needed.");
  return Number(text);
}

function counts(text: string): number[] {
  return text.split(",").map((part) => {
    const number = Number(part);
    if (!/^\d+$/.test(part) || number > 60_000) {
      throw new InvalidArgumentError("Numbers up to 60000 are needed: 0,1000");
    }
    return number;
  });
}
