// `cnidaria plugin record`: the host calls of real verbs, in a file that `plugin replay` and tests run again.

import { writeAtomically } from "../../atomic_file.ts";
import { CniFailure } from "../../cni/failure.ts";
import type { VerbRun } from "../../testkit/call_recorder.ts";
import { formatRecording } from "../../testkit/recording.ts";
import type { Output } from "../output.ts";
import { Scenario, type ScenarioOptions } from "./scenario.ts";
import { fromHere, subjectOf } from "./subject.ts";

export interface RecordOptions extends ScenarioOptions {
  readonly out: string;
}

/** ADD, CHECK and DEL; of a failure what led to it. @returns the exit code */
export async function pluginRecord(dir: string, options: RecordOptions, output: Output): Promise<0 | 1> {
  const subject = await subjectOf(dir);
  using scenario = await Scenario.open(subject, options);
  const runs: VerbRun[] = [];
  const keep = () => void runs.push(...scenario.node.runs);
  const pod = scenario.pod("pod1");
  let failure: CniFailure | undefined;
  try {
    await scenario.add(pod, keep);
    await scenario.check(pod, keep);
    await scenario.del(pod, keep);
  } catch (error) {
    if (!(error instanceof CniFailure)) throw error;
    failure = error;
  }
  const path = fromHere(options.out);
  await writeAtomically(path, formatRecording(runs), 0o644);
  for (const { plugin, verb, calls } of runs) output.line(`${plugin} ${verb}: ${calls.length} host calls`);
  output.line(`recorded in ${path}`);
  if (failure === undefined) return 0;
  output.complain(`code ${failure.code}: ${failure.message}`);
  return 1;
}
