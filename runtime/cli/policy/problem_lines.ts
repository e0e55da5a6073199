// What is wrong with a folder of policies, for people.

import { type FileProblem, problemText } from "../../policy/folder/yaml_file.ts";
import { printable } from "../output.ts";

/** One a line, and how many they are. `pods.yaml:12: document 2: Pod shop/web: spec is missing` */
export function problemLines(problems: readonly FileProblem[]): string[] {
  const lines = problems.map((problem) => {
    const which = [problem.document === undefined ? [] : `document ${problem.document}`, problem.object ?? []].flat();
    return printable(problemText({ ...problem, ...which.length > 0 && { object: which.join(": ") } }));
  });
  return [...lines, problems.length === 1 ? "1 error" : `${problems.length} errors`];
}
