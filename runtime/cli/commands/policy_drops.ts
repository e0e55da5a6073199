// `cnidaria policy drops`: the last packets that the policies of this node have dropped.

import type { Drops } from "../../agent/policy/messages.ts";
import type { NumberedDrop } from "../../policy/drops/drop_ring.ts";
import { askAgent } from "../ask_agent.ts";
import { type Output, printable, table } from "../output.ts";

export interface DropsOptions {
  readonly follow: boolean;
  readonly http: string;
  readonly json?: boolean;
}

/** Milliseconds between two questions. */
const FOLLOW_MS = 1_000;

/** @param signal ends following */
export async function policyDrops(
  { follow, http, json }: DropsOptions,
  output: Output,
  signal: AbortSignal = new AbortController().signal,
  followMs = FOLLOW_MS,
): Promise<void> {
  let last = await ask(http, 0);
  if (!follow && json === true) return output.json(last);
  for (const line of json === true ? last.map((it) => JSON.stringify(it)) : dropLines(last)) output.line(line);
  let number = last.at(-1)?.number ?? 0;
  while (follow && !signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, followMs));
    last = await ask(http, number);
    for (const drop of last) output.line(json === true ? JSON.stringify(drop) : rowOf(drop).map(printable).join("  "));
    number = last.at(-1)?.number ?? number;
  }
}

/** Those that came after that number. */
async function ask(http: string, number: number): Promise<readonly NumberedDrop[]> {
  const without = "enforces no network policies: start it with --policy FILE";
  return (await askAgent<Drops>(http, `/policy/drops?after=${number}`, without)).drops;
}

/** For people. */
function dropLines(drops: readonly NumberedDrop[]): string[] {
  if (drops.length === 0) return ["no packet was dropped and logged"];
  return table(["TIME", "FROM", "TO", "PORT", "RULE"], drops.map((drop) => rowOf(drop).map(printable)));
}

function rowOf(drop: NumberedDrop): string[] {
  const { at, source, sourcePod, destination, destinationPod, protocol, destinationPort, type, rule } = drop;
  const port = destinationPort ?? (type === undefined ? "" : `type ${type}`);
  return [
    new Date(at).toISOString(),
    sourcePod === undefined ? source : `${sourcePod} (${source})`,
    destinationPod === undefined ? destination : `${destinationPod} (${destination})`,
    `${protocol} ${port}`.trim(),
    rule,
  ];
}
