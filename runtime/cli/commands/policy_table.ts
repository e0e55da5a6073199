// `cnidaria policy table`: who of a folder's pods reaches whom at which port.

import { distinctPorts, type PortOfPods, type Reach, reachability } from "../../policy/reachability.ts";
import { CommandFailure, type Output } from "../output.ts";
import { compileSound } from "../policy/compile.ts";
import { matrixLines } from "../policy/matrix.ts";

/** Answers: more are of no use to a person, and too much to keep. */
const MOST = 1_000_000;

/** @returns the exit code: 1 where anything in the folder cannot be used, and so nothing was told of it */
export async function policyTable(
  dir: string,
  options: { readonly port: readonly PortOfPods[]; readonly json?: boolean },
  output: Output,
): Promise<0 | 1> {
  const compiled = await compileSound(dir, output);
  if (compiled === undefined) return 1;
  const { pods, content, notes } = compiled;
  const asked = distinctPorts(options.port);
  const count = pods.reduce((sum, { containerPorts }) => sum + (asked.length || containerPorts.length), 0) *
    pods.length;
  if (count > MOST) {
    throw new CommandFailure(
      `Cannot tell of ${count} pairs and ports as ${MOST} are the most: take a folder with fewer pods, or one --port`,
    );
  }
  const reaches: Reach[] = [...reachability(content, pods, asked)];
  if (options.json === true) {
    output.json(reaches);
    return 0;
  }
  for (const note of notes) output.complain(`Note: ${note}.`);
  if (reaches.length === 0) output.line("no pod has a container port: name ports with --port");
  for (const line of matrixLines(reaches, pods.map(({ namespace, name }) => `${namespace}/${name}`))) output.line(line);
  return 0;
}
