// `cnidaria plugin run`: a plugin at work, on a node that nobody else sees and that is gone afterwards.

import { CniFailure } from "../../cni/failure.ts";
import { callLines } from "../commands/trace.ts";
import type { Output } from "../output.ts";
import { Scenario, type ScenarioOptions } from "./scenario.ts";
import { subjectOf } from "./subject.ts";

/** @returns the exit code: 1 where a verb failed */
export async function pluginRun(dir: string, options: ScenarioOptions, output: Output): Promise<0 | 1> {
  const subject = await subjectOf(dir);
  using scenario = await Scenario.open(subject, options);
  return await runVerbs(scenario, output);
}

/** ADD, CHECK, DEL; what each did, what the node has, and what remains. */
export async function runVerbs(scenario: Scenario, output: Output): Promise<0 | 1> {
  const { node } = scenario;
  const pod = scenario.pod("pod1");
  const show = () => {
    for (const line of callLines(node.trace)) output.line(line);
    const fuel = Object.entries(node.fuel).map(([plugin, units]) => `${plugin} ${units}`);
    if (fuel.length > 0) output.line(`${"fuel".padStart(12)}  ${fuel.join(", ")}`);
    for (const line of node.logged.splice(0)) output.line(`${"log".padStart(12)}  ${line}`);
    output.line("");
  };
  try {
    const result = await scenario.add(pod, show);
    output.line("Result");
    output.json(result);
    output.line("");
    output.line("The node");
    for (const line of node.state()) output.line(`  ${line}`);
    output.line("");
    await scenario.check(pod, show);
    await scenario.del(pod, show);
  } catch (error) {
    if (!(error instanceof CniFailure)) throw error;
    output.complain(`code ${error.code}: ${error.message}${error.details === "" ? "" : `; ${error.details}`}`);
    return 1;
  }
  // A bridge and its addresses are every pod's, and stay.
  const left = node.state();
  output.line(
    left.length === 0 ? "After DEL nothing remains." : "What remains after DEL (a bridge stays, as upstream's)",
  );
  for (const line of left) output.line(`  ${line}`);
  return 0;
}
