// Who reaches whom, as matrices for people: one for each port, and below it the rules that decide.

import { distinctPorts, type Reach } from "../../policy/reachability.ts";
import { printable, table } from "../output.ts";

/** Of a matrix with names over its columns. */
const WIDE = 120;
/** Pairs that are told of each rule. */
const PAIRS = 3;

/** @param pods `namespace/name`, in the order of the rows */
export function matrixLines(reaches: readonly Reach[], pods: readonly string[]): string[] {
  const byPort = Map.groupBy(reaches, ({ protocol, port }) => `${protocol} ${port}`);
  return distinctPorts(reaches).flatMap(({ protocol, port }, at) => {
    const ofPort = byPort.get(`${protocol} ${port}`)!;
    const heading = `${protocol.toUpperCase()} ${port}`;
    return [...at === 0 ? [] : [""], ...gridLines(heading, ofPort, pods), "", ...ruleLines(ofPort)];
  }).map((line) => printable(line).trimEnd());
}

function gridLines(heading: string, reaches: readonly Reach[], pods: readonly string[]): string[] {
  const byPair = Map.groupBy(reaches, ({ from, to }) => `${from} ${to}`);
  const reached = new Set(reaches.map(({ to }) => to));
  const columns = pods.filter((pod) => reached.has(pod));
  const width = columns.reduce((sum, { length }) => sum + length + 2, 0);
  // Names over many columns would push these out of sight: then they are numbers, and each row has its own.
  const isWide = width > WIDE;
  const numbers = new Map(pods.map((pod, index) => [pod, String(index + 1)]));
  const rows = pods.map((from) => [
    ...isWide ? [numbers.get(from)!] : [],
    from,
    ...columns.map((to) => cellOf(byPair.get(`${from} ${to}`) ?? [])),
  ]);
  const names = columns.map((to) => isWide ? numbers.get(to)! : to);
  return table([...isWide ? [""] : [], heading, ...names], rows);
}

/** `4`, `6`: allowed by that family alone; blank: no family in common. */
function cellOf(found: readonly Reach[]): string {
  if (found.length === 0) return "";
  const allowed = found.filter((it) => it.allowed);
  if (allowed.length === 0) return "X";
  return allowed.length === found.length ? "." : String(allowed[0]!.families[0]);
}

/** A pod's way to itself is nobody's decision. */
function ruleLines(reaches: readonly Reach[]): string[] {
  const others = reaches.filter(({ from, to }) => from !== to);
  const byRule = Map.groupBy(others, ({ allowed, rule }) => `${allowed ? "." : "X"} ${rule}`);
  return [...byRule].sort(([one], [other]) => one < other ? -1 : 1).flatMap(([text, found]) => {
    const pairs = found.slice(0, PAIRS).map(({ from, to }) => `${from} to ${to}`);
    const more = found.length > PAIRS ? [`${found.length - PAIRS} more`] : [];
    return [text, `    ${[...pairs, ...more].join(", ")}`];
  });
}
