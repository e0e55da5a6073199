// All cases against one plugin directory. Cases run a few at a time: each has a node of its own.

import { isObject, parseNetworkList } from "../cli/libcni/network_list.ts";
import { CNI_VERSIONS, type CniVersion, isAtLeast } from "../cni/version.ts";
import { Bench, type Subject } from "./bench.ts";
import { type Case, NotApplicable, type Section, sectionOf, type Verdict, Wrong } from "./case.ts";
import { ADD } from "./cases/add.ts";
import { CHECK } from "./cases/check.ts";
import { CONFIGURATION } from "./cases/configuration.ts";
import { DEL } from "./cases/del.ts";
import { DELEGATION } from "./cases/delegation.ts";
import { EXECUTION } from "./cases/execution.ts";
import { GC_STATUS } from "./cases/gc_status.ts";
import { PARAMETERS } from "./cases/parameters.ts";
import { RESULTS } from "./cases/results.ts";

export const CASES: readonly Case[] = [
  ...CONFIGURATION,
  ...PARAMETERS,
  ...ADD,
  ...DEL,
  ...CHECK,
  ...GC_STATUS,
  ...EXECUTION,
  ...DELEGATION,
  ...RESULTS,
];

export interface SuiteOptions {
  /** Sections to run; all where not given. */
  readonly only?: readonly Section[];
  /** Spec versions to run, of those that the plugins claim; all of them where not given. */
  readonly versions?: readonly CniVersion[];
  /** Cases at the same time. */
  readonly parallel?: number;
}

/**
 * Runs the suite. The caller is in network and mount namespaces of its own.
 *
 * @returns a verdict for each case and version, in the order of the specification
 * @throws {CommandFailure} for a configuration that is none
 */
export async function runSuite(subject: Subject, options: SuiteOptions = {}): Promise<Verdict[]> {
  const answered = await claimedVersions(subject);
  // Who claims nothing is held to what the configuration wants: else there would be nothing to fail.
  const claimed = answered.length > 0 ? answered : [parseNetworkList(subject.conf, "the configuration").cniVersion];
  const versions = claimed.filter((version) => options.versions?.includes(version) ?? true);
  const wanted = CASES.filter(({ id }) => options.only?.includes(sectionOf(id)) ?? true);
  const jobs = wanted.flatMap((item): { item: Case; version?: CniVersion }[] => {
    const fit = versions.filter((version) => fits(item, version));
    if (fit.length === 0) return [{ item }];
    return (item.each === true ? fit : fit.slice(-1)).map((version) => ({ item, version }));
  });
  const verdicts = new Array<Verdict>(jobs.length);
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < jobs.length; index = next++) {
      verdicts[index] = await verdictOf(subject, jobs[index]!.item, jobs[index]!.version);
    }
  };
  await Promise.all(Array.from({ length: options.parallel ?? 3 }, worker));
  return verdicts;
}

function fits({ since = "0.1.0", before }: Case, version: CniVersion): boolean {
  return isAtLeast(version, since) && (before === undefined || !isAtLeast(version, before));
}

async function verdictOf(subject: Subject, item: Case, version: CniVersion | undefined): Promise<Verdict> {
  const { id, title, expected } = item;
  const about = { id, section: sectionOf(id), title, expected };
  if (version === undefined) {
    const found = `no version that is tested and that all plugins claim has it`;
    return { ...about, verdict: "skip", found };
  }
  try {
    await using bench = new Bench(subject, version);
    await item.run(bench);
    return { ...about, version, verdict: "pass", found: "" };
  } catch (error) {
    if (error instanceof NotApplicable) return { ...about, version, verdict: "skip", found: error.message };
    if (error instanceof Wrong) return { ...about, version, verdict: "fail", found: error.message };
    // What a case does with the node (to take an address away, say) fails where a plugin has not done its part.
    return { ...about, version, verdict: "fail", found: `the case could not go on: ${(error as Error).message}` };
  }
}

/** The versions that every plugin of the list claims by VERSION, oldest first; the configuration's own where one does not answer. */
export async function claimedVersions(subject: Subject): Promise<CniVersion[]> {
  const { plugins, cniVersion } = parseNetworkList(subject.conf, "the configuration");
  await using bench = new Bench(subject, "1.0.0");
  let claimed: CniVersion[] = [...CNI_VERSIONS];
  for (const { type } of plugins) {
    const outcome = await bench.raw(type, { CNI_COMMAND: "VERSION" }, '{"cniVersion":"1.0.0"}');
    const answer: unknown = parsed(outcome.stdout);
    const supported = isObject(answer) ? answer.supportedVersions : undefined;
    // The case on VERSION tells it; the others have to have a version.
    if (!Array.isArray(supported)) return [cniVersion];
    claimed = claimed.filter((version) => supported.includes(version));
  }
  return claimed;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
