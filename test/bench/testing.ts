// Figures for tests of what shows them.

import type { Figures } from "./figures.ts";

const times = (p50: number) => ({ count: 5, p50, p95: p50 * 2, p99: p50 * 3 });

const burst = (label: string, wall: number, duplicates: number) => ({
  scenario: "burst of 250 pods, 8 at once",
  command: "ADD" as const,
  label,
  wall,
  times: times(400),
  failures: 1,
  duplicates,
});

export const SOME_FIGURES: Figures = {
  date: "2026-01-01T00:00:00.000Z",
  kernel: "6.12.0",
  deno: "2.9.6",
  processors: 2,
  rounds: 5,
  contestants: ["Go new", "cold"],
  base: "Go new",
  missing: ["the agent: it is not there"],
  calls: [
    { scenario: "IPv4, 0 held", command: "ADD", label: "Go new", times: times(10) },
    { scenario: "IPv4, 0 held", command: "DEL", label: "Go new", times: times(20) },
    { scenario: "IPv4, 0 held", command: "ADD", label: "cold", times: times(15) },
    { scenario: "IPv4, 0 held", command: "DEL", label: "cold", times: times(5) },
    { scenario: "IPv4, <9> held", command: "ADD", label: "cold", times: times(2000) },
  ],
  bursts: [burst("Go new", 10_000, 0), burst("cold", 12_345, 2)],
  leases: [{ held: 65000, times: times(0.1) }],
  memory: [{ scenario: "IPv4, 0 held", rss: 102400, pss: 51200 }],
};
