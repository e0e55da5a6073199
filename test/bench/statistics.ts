// Figures of a series of times, and their table.

/** Milliseconds. */
export interface Series {
  readonly p50: number;
  readonly p95: number;
}

export interface Row {
  readonly scenario: string;
  readonly command: "ADD" | "DEL";
  readonly label: string;
  readonly series: Series;
  /** p50 of this one through p50 of ours in the same scenario: above 1, ours is faster. */
  readonly ratio: number;
}

/** @param times milliseconds, at least one */
export function seriesOf(times: readonly number[]): Series {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
  const [p50, p95] = [at(0.5), at(0.95)];
  if (p50 === undefined || p95 === undefined) throw new Error("Cannot give figures as nothing was measured: []");
  return { p50, p95 };
}

/** As a Markdown table. */
export function tableOf(rows: readonly Row[]): string {
  const lines = [
    "| scenario | command | plugins | p50 ms | p95 ms | p50 over cnidaria's |",
    "| --- | --- | --- | ---: | ---: | ---: |",
    ...rows.map(({ scenario, command, label, series: { p50, p95 }, ratio }) =>
      `| ${scenario} | ${command} | ${label} | ${p50.toFixed(1)} | ${p95.toFixed(1)} | ${ratio.toFixed(2)} |`
    ),
  ];
  return lines.join("\n");
}
