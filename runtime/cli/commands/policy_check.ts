// `cnidaria policy check`: whether a folder of network policies can be used, and what it comes to.

import type { TableContent } from "../../../host-funcs/firewall/ruleset/ruleset.ts";
import type { CompiledFolder } from "../../policy/folder/compiled_folder.ts";
import { type Output, printable, sectionLines } from "../output.ts";
import { compile } from "../policy/compile.ts";
import { problemLines } from "../policy/problem_lines.ts";

/** @returns the exit code: 1 where anything cannot be used */
export async function policyCheck(dir: string, options: { readonly json?: boolean }, output: Output): Promise<0 | 1> {
  const found = await compile(dir, output);
  const { problems, counts, notes } = found;
  if (options.json === true) output.json({ problems, objects: counts, table: sizeOf(found.content), notes });
  else for (const line of problems.length > 0 ? problemLines(problems) : summaryLines(found)) output.line(line);
  return problems.length === 0 ? 0 : 1;
}

/** For people. */
function summaryLines({ counts, content, notes }: Pick<CompiledFolder, "counts" | "content" | "notes">) {
  const { NetworkPolicy, ClusterNetworkPolicy, Pod, Namespace, Node } = counts;
  const size = sizeOf(content);
  return [
    ...sectionLines("policies", [
      `${
        NetworkPolicy + ClusterNetworkPolicy
      }: ${NetworkPolicy} NetworkPolicy, ${ClusterNetworkPolicy} ClusterNetworkPolicy`,
    ]),
    ...sectionLines("about", [
      [counted(Pod, "pod"), counted(Namespace, "namespace"), counted(Node, "node")].join(", "),
    ]),
    ...sectionLines("table", [
      `${counted(size.chains, "chain")}, ${counted(size.rules, "rule")}, ${counted(size.sets, "set")} with ` +
      counted(size.elements, "element"),
    ]),
    ...notes.map((note) => printable(`Note: ${note}.`)),
  ];
}

function sizeOf({ chains, sets }: TableContent) {
  return {
    chains: chains.size,
    rules: [...chains.values()].reduce((sum, { rules }) => sum + rules.length, 0),
    sets: sets.size,
    elements: [...sets.values()].reduce((sum, { elements }) => sum + elements.size, 0),
  };
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
