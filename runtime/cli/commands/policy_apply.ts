// `cnidaria policy apply`: a folder's policies in force in this network namespace, without an agent. All of it happens in
// one transaction of the kernel, or nothing does.

import type { Change } from "cnidaria:cni/nftables@0.3.0";
import { differenceOf } from "../../../host-funcs/firewall/ruleset/difference.ts";
import { KernelRuleset } from "../../../host-funcs/firewall/ruleset/kernel_ruleset.ts";
import { Ruleset, type TableContent } from "../../../host-funcs/firewall/ruleset/ruleset.ts";
import { stateDir } from "../../paths.ts";
import { ensureBridgeFilter } from "../../policy/bridge_filter.ts";
import type { CompiledFolder } from "../../policy/folder/compiled_folder.ts";
import type { PolicyStatus } from "../../policy/policy_status.ts";
import { askAgent, NoAgent } from "../ask_agent.ts";
import { CommandFailure, type Output, printable } from "../output.ts";
import { readApplied, removeApplied, writeApplied } from "../policy/applied.ts";
import { compileSound, PLUGIN } from "../policy/compile.ts";
import { describeChange } from "../policy/describe_change.ts";

export interface ApplyOptions {
  /** Whose pods the table judges; not given: all. */
  readonly node?: string;
  readonly dryRun: boolean;
  readonly remove: boolean;
  readonly http: string;
}

/** @returns the exit code: 1 where anything in the folder cannot be used, and so nothing was changed */
export async function policyApply(dir: string | undefined, options: ApplyOptions, output: Output): Promise<0 | 1> {
  if (options.remove === (dir !== undefined)) {
    throw new CommandFailure("Cannot tell what to do: expected a folder, or --remove without one", 2);
  }
  if (Deno.uid() !== 0) throw new CommandFailure("Cannot change packet filter rules as that needs root: use sudo");
  await refuseBesideAgent(options.http);
  const compiled = dir === undefined ? undefined : await compileFor(dir, options.node, output);
  if (dir !== undefined && compiled === undefined) return 1;
  const kernel = new KernelRuleset(PLUGIN);
  try {
    if (compiled === undefined) remove(kernel, options.dryRun, output);
    else await bringInForce(kernel, compiled, options.dryRun, output);
    return 0;
  } finally {
    kernel.close();
  }
}

async function compileFor(dir: string, node: string | undefined, output: Output): Promise<CompiledFolder | undefined> {
  const compiled = await compileSound(dir, output, node === undefined ? undefined : (it) => it === node);
  if (compiled === undefined) {
    output.complain("Nothing was applied: what was in force before stays so");
    return undefined;
  }
  const { pods, nodes, notes } = compiled;
  const known = new Set([...nodes.map(({ name }) => name), ...pods.map((pod) => pod.node)].filter((it) => it !== ""));
  if (node !== undefined && !known.has(node)) {
    const which = [...known].sort().join(", ") || "none";
    throw new CommandFailure(`Cannot apply policies for node ${node} as ${dir} has none of that name: it has ${which}`);
  }
  for (const note of notes) output.complain(printable(`Note: ${note}.`));
  return compiled;
}

async function bringInForce(
  kernel: KernelRuleset,
  { content }: CompiledFolder,
  dryRun: boolean,
  output: Output,
): Promise<void> {
  const before = presentTable(kernel, content);
  const changes = differenceOf(before ?? new Ruleset(), content);
  for (const change of changes) output.line(printable(describeChange(change)));
  const { family, name } = kernel.table;
  const anew = before === undefined ? ", made anew" : "";
  if (dryRun) {
    output.line(changes.length === 0 ? "nothing to change" : `would change table ${family} ${name}${anew}`);
    return;
  }
  // Before the rules: what they have to see passes them from the first moment.
  const { why, switched } = ensureBridgeFilter();
  if (why !== undefined) output.complain(`Note: ${why}.`);
  for (const key of switched) output.line(`set net.bridge.${key} to 1`);
  if (before === undefined) kernel.replace(content);
  else if (changes.length > 0) kernel.apply(changes);
  await writeApplied(stateDir(), content).catch((error) =>
    output.complain(`Note: the next apply makes all rules anew, as these could not be written down: ${error.message}.`)
  );
  output.line(
    changes.length === 0 ? "nothing to change" : `changed table ${family} ${name}${anew}: ${counted(changes)}`,
  );
}

/** What the kernel has; undefined where it has no table, or one that is not known. */
function presentTable(kernel: KernelRuleset, wanted: TableContent): TableContent | undefined {
  const applied = readApplied(stateDir());
  if (applied !== undefined && kernel.adopt(applied)) return applied;
  return kernel.adopt(wanted) ? wanted : undefined;
}

function remove(kernel: KernelRuleset, dryRun: boolean, output: Output): void {
  const { family, name } = kernel.table;
  if (dryRun) return output.line(`would remove table ${family} ${name}, if there is one`);
  kernel.remove();
  removeApplied(stateDir());
  output.line(`removed table ${family} ${name}: no policy of it is in force`);
}

/** It would put its own rules back at once. */
async function refuseBesideAgent(http: string): Promise<void> {
  try {
    const { node } = await askAgent<PolicyStatus>(http, "/policy", "");
    throw new CommandFailure(
      `Cannot apply policies as the agent at ${http} enforces those of node ${node}, in the same table: ` +
        "change what its --policy FILE names as the source",
    );
  } catch (error) {
    if (!(error instanceof NoAgent)) throw error;
  }
}

function counted(changes: readonly Change[]): string {
  return changes.length === 1 ? "1 change" : `${changes.length} changes`;
}
