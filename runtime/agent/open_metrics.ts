// Prometheus' text format 0.0.4 as OpenMetrics 1.0, which names a counter's family without `_total`, has no empty lines, and
// marks its end. (prom-client writes OpenMetrics too, and then names its counters so for ever.)
// https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md

/** @param text of our own metrics */
export function openMetrics(text: string): string {
  const counters = new Set([...text.matchAll(/^# TYPE (\S+) counter$/gm)].map(([, name]) => name!));
  const familyOf = (name: string) => counters.has(name) ? name.replace(/_total$/, "") : name;
  const lines = text.split("\n").filter((line) => line !== "").map((line) => {
    const [, word, name, rest] = /^# (HELP|TYPE) (\S+)(.*)$/.exec(line) ?? [];
    // Only here does help escape quotes.
    if (word !== undefined) {
      return `# ${word} ${familyOf(name!)}${word === "HELP" ? rest!.replaceAll('"', '\\"') : rest}`;
    }
    const sample = /^[^{ ]+/.exec(line)![0];
    return counters.has(sample) ? `${familyOf(sample)}_total${line.slice(sample.length)}` : line;
  });
  return `${[...lines, "# EOF"].join("\n")}\n`;
}
