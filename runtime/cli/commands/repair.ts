// `cnidaria repair`: makes again what someone took from pods' networks.

import { openDatabase } from "../../../host-funcs/state/open_database.ts";
import { createLog } from "../../cni/log.ts";
import { stateDir } from "../../paths.ts";
import { repair as repairAttachments, repairAll, repairNothing } from "../../transaction/repair.ts";
import type { RepairedAttachment } from "../../transaction/repaired.ts";
import { CommandFailure, type Output } from "../output.ts";

export interface RepairOptions {
  readonly network?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Milliseconds to wait for a call on an attachment that still runs. */
const LOCK_WAIT_MS = 5_000;

/**
 * @param which CONTAINER-ID or CONTAINER-ID/IFNAME; a container's id may be cut off
 * @returns the exit code: 1 if something is not as it was made
 */
export async function repair(which: string | undefined, options: RepairOptions, output: Output): Promise<number> {
  const results = await resultsOf(which, options);
  if (which !== undefined && results.length === 0) {
    throw new CommandFailure(`Cannot repair as there is no such attachment: ${which}. See: cnidaria attachments`);
  }
  if (options.json === true) output.json(results);
  else tell(results, options.dryRun === true, output);
  return results.some(({ outcome }) => outcome === "remains" || outcome === "skipped") ? 1 : 0;
}

/** A node without state has no attachments: looking must not make any. */
async function resultsOf(which: string | undefined, { network, dryRun }: RepairOptions): Promise<RepairedAttachment[]> {
  const dir = stateDir();
  if (await Deno.stat(dir).then(() => false, () => true)) return [];
  const [containerId, ifname] = which?.split("/") ?? [];
  const log = createLog((name) => Deno.env.get(name), () => "repair: ");
  const database = openDatabase(dir);
  try {
    const choose = dryRun === true ? repairNothing : repairAll;
    const request = { stateDir: dir, log, lockWaitMs: LOCK_WAIT_MS, choose };
    return repairAttachments(request, { network, containerId, ifname }, database);
  } finally {
    database.close();
  }
}

function tell(results: readonly RepairedAttachment[], dryRun: boolean, output: Output): void {
  for (const { attachment: { network, containerId, ifname }, outcome, differences, reason } of results) {
    if (outcome === "intact") continue;
    const title = `${network}/${containerId}/${ifname}`;
    if (outcome === "dead") output.line(`${title}: its container is gone; cnidaria gc removes what is left of it`);
    else if (outcome === "skipped") output.line(`${title}: could not be looked at: ${reason}`);
    else output.line(`${title}:`);
    for (const { text, repaired, reason } of differences) {
      const verdict = repaired ? "repaired" : dryRun ? "found   " : "remains ";
      output.line(`  ${verdict}  ${text}${reason === undefined ? "" : `\n            ${reason}`}`);
    }
  }
  output.line(summary(results));
}

function summary(results: readonly RepairedAttachment[]): string {
  const differences = results.flatMap((it) => it.differences);
  const looked = results.filter(({ outcome }) => outcome !== "dead" && outcome !== "skipped").length;
  const repaired = differences.filter((it) => it.repaired).length;
  const dead = results.filter(({ outcome }) => outcome === "dead").length;
  return `${count(looked, "attachment")} compared, ${count(differences.length, "difference")}, ${repaired} repaired` +
    (dead === 0 ? "" : `, ${dead} of dead containers left to cnidaria gc`);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
