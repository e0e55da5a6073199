// Reads Prometheus' text format, version 0.0.4, and refuses what is not in it:
// https://prometheus.io/docs/instrumenting/exposition_formats/

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly help: string;
  readonly type: string;
  readonly samples: Sample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/;
const NUMBER = /^(?:[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?|\+Inf|-Inf|NaN)$/i;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: [""],
  gauge: [""],
  histogram: ["_bucket", "_sum", "_count"],
};

/** Families by name. @throws {Error} that names the line */
export function parseMetrics(text: string): Map<string, Family> {
  if (text !== "" && !text.endsWith("\n")) throw new Error("Cannot read metrics as the last line does not end");
  const families = new Map<string, Family>();
  const helps = new Map<string, string>();
  let current = "";
  for (const line of text.split("\n")) {
    const wrong = (why: string) => new Error(`Cannot read metrics as ${why}: ${line}`);
    if (line === "") continue;
    if (line.startsWith("# HELP ")) {
      const [name = "", ...words] = line.slice(7).split(" ");
      if (!NAME.test(name) || helps.has(name)) throw wrong("a name is malformed, or comes twice");
      helps.set(name, words.join(" "));
    } else if (line.startsWith("# TYPE ")) {
      const [name = "", type = "", ...rest] = line.slice(7).split(" ");
      if (rest.length > 0 || SUFFIXES[type] === undefined || families.has(name)) {
        throw wrong("it is no type, or a second");
      }
      families.set(name, { help: helps.get(name) ?? "", type, samples: [] });
      current = name;
    } else if (line.startsWith("#")) {
      throw wrong("there is a comment");
    } else {
      const [, name = "", labels = "", number = ""] = SAMPLE.exec(line) ?? [];
      const family = families.get(current);
      if (family === undefined || !SUFFIXES[family.type]!.includes(name.slice(current.length))) {
        throw wrong("a sample does not belong to the family before it");
      }
      if (!name.startsWith(current) || !NUMBER.test(number)) throw wrong("it is no sample");
      const sample = { name, labels: parseLabels(labels, wrong), value: numberOf(number) };
      const same = (it: Sample) => it.name === name && key(it.labels) === key(sample.labels);
      if (family.samples.some(same)) throw wrong("a sample comes twice");
      family.samples.push(sample);
    }
  }
  for (const [name, family] of families) if (family.type === "histogram") checkHistogram(name, family);
  return families;
}

/** The value of a sample with exactly these labels; 0 if there is none, as a counter that never counted has it. */
export function valueOf(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ""));
  if (family === undefined) throw new Error(`Cannot read the metric ${name} as there is none of that name`);
  return family.samples.find((it) => it.name === name && key(it.labels) === key(labels))?.value ?? 0;
}

const key = (labels: Readonly<Record<string, string>>) => JSON.stringify(Object.entries(labels).sort());

function parseLabels(text: string, wrong: (why: string) => Error): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let rest = text; rest !== "";) {
    const match = LABEL.exec(rest);
    if (match === null || match[1]! in labels) throw wrong("its labels are malformed");
    labels[match[1]!] = match[2]!.replace(/\\(.)/g, (_, char) => char === "n" ? "\n" : char);
    rest = rest.slice(match[0].length);
  }
  return labels;
}

function numberOf(text: string): number {
  return /inf/i.test(text) ? (text.startsWith("-") ? -Infinity : Infinity) : Number(text);
}

/** Buckets grow, the last is +Inf, and holds as many as were counted. */
function checkHistogram(name: string, { samples }: Family): void {
  const series = new Map<string, Sample[]>();
  for (const sample of samples.filter((it) => it.name === `${name}_bucket`)) {
    const { le: _, ...labels } = sample.labels;
    series.set(key(labels), [...series.get(key(labels)) ?? [], sample]);
  }
  for (const [labels, buckets] of series) {
    const bounds = buckets.map((it) => numberOf(it.labels.le!));
    const values = buckets.map((it) => it.value);
    const grow = (numbers: number[]) => numbers.every((it, index) => index === 0 || it >= numbers[index - 1]!);
    const count = samples.find((it) => it.name === `${name}_count` && key(it.labels) === labels)?.value;
    const sums = samples.filter((it) => it.name === `${name}_sum` && key(it.labels) === labels).length;
    if (!grow(bounds) || !grow(values) || bounds.at(-1) !== Infinity || values.at(-1) !== count || sums !== 1) {
      throw new Error(`Cannot read the histogram ${name} as its buckets make no sense: ${JSON.stringify(buckets)}`);
    }
  }
}
