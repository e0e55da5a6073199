// Figures as Markdown.

import { type CallFigures, type Command, type Figures, ratioTo } from "./figures.ts";
import type { Summary } from "./statistics.ts";
import { thousands } from "./scenarios.ts";

/** All tables that have rows, with what a reader has to know. */
export function tablesOf(figures: Figures): string {
  const { rounds, missing, kernel, processors, deno } = figures;
  const sections = [
    missing.map((why) => `Not measured: ${why}`).join("\n"),
    `${rounds} rounds of each scenario, fewer where they took too long (n); Linux ${kernel}, ${processors} processors, ` +
    `Deno ${deno}. Milliseconds, from starting the plugin's process inside the node's namespace to its end.`,
    callTable(figures),
    burstTable(figures),
    leaseTable(figures),
    memoryTable(figures),
  ];
  return sections.filter((text) => text !== "").join("\n\n");
}

function callTable({ calls, contestants, base }: Figures): string {
  if (calls.length === 0) return "";
  const lines: string[][] = [];
  for (const scenario of new Set(calls.map((row) => row.scenario))) {
    for (const command of ["ADD", "DEL"] satisfies Command[]) {
      const cells = contestants.map((label) => {
        const row = calls.find((it) => it.scenario === scenario && it.command === command && it.label === label);
        return row === undefined ? "" : callCell(row, ratioTo(base, row, calls, ({ times }) => times.p50));
      });
      const counts = calls.filter((row) => row.scenario === scenario).map(({ times }) => times.count);
      lines.push([command, scenario, String(Math.min(...counts)), ...cells]);
    }
  }
  return `p50 / p95 / p99, and "x": p50 over that of ${base}. ${HOW_HELD}\n\n` +
    markdown(["", "scenario", "n", ...contestants], lines, 2);
}

const HOW_HELD =
  "Pods that are held have leases and rules and no links: one was added by the plugins themselves, and what that made " +
  "was made again for the others (host-local's files and the rules in one batch; for cnidaria the database by its own " +
  "functions, the ledger's copies, and the elements in one batch).";

function callCell({ times }: CallFigures, ratio: number | undefined): string {
  return [percentiles(times), ...ratio === undefined ? [] : [ratioText(ratio)]].join(", ");
}

/** Two digits, at least. */
function ratioText(ratio: number): string {
  return `${ratio.toFixed(ratio < 0.1 ? 3 : 2)}x`;
}

function burstTable({ bursts, base }: Figures): string {
  if (bursts.length === 0) return "";
  const lines = bursts.map((row) => {
    const { scenario, command, label, wall, times, failures, duplicates } = row;
    const ratio = ratioTo(base, row, bursts, (it) => it.wall);
    const all = [(wall / 1000).toFixed(2), ratio === undefined ? "" : ratioText(ratio)];
    return [command, scenario, label, ...all, percentiles(times), String(failures), String(duplicates)];
  });
  return "As fast as possible, IPv4 with ipMasq. Duplicates: addresses that two pods had at a time.\n\n" +
    markdown(["", "scenario", "plugins", "all, s", "x", "each: p50 / p95 / p99", "failures", "duplicates"], lines, 3);
}

function leaseTable({ leases }: Figures): string {
  if (leases.length === 0) return "";
  const lines = leases.map(({ held, times: { count, p50, p95, p99 } }) => [
    thousands(held),
    String(count),
    ...[p50, p95, p99].map((ms) => ms.toFixed(3)),
  ]);
  return "One lease of cnidaria's, in a process that is warm, from a /15.\n\n" +
    markdown(["held", "n", "p50", "p95", "p99"], lines, 0);
}

function memoryTable({ memory }: Figures): string {
  if (memory.length === 0) return "";
  const mebibytes = (kibibytes: number) => (kibibytes / 1024).toFixed(1);
  const lines = memory.map(({ scenario, rss, pss }) => [scenario, mebibytes(rss), mebibytes(pss)]);
  return `Memory of the agent at the end of a scenario.\n\n${markdown(["scenario", "RSS, MiB", "PSS, MiB"], lines, 1)}`;
}

function percentiles({ p50, p95, p99 }: Summary): string {
  return [p50, p95, p99].map((ms) => ms.toFixed(1)).join(" / ");
}

/** @param words how many columns in front are words; those after them are numbers */
function markdown(head: readonly string[], lines: readonly (readonly string[])[], words: number): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [head, head.map((_, index) => index < words ? "---" : "---:"), ...lines].map(line).join("\n");
}
