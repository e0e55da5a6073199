// `cnidaria policy explain`: whether a packet passes, and which rule decides at each side.

import type { EnforcedPolicies } from "../../policy/enforced.ts";
import { Evaluator } from "../../policy/evaluate.ts";
import { explain, type Explanation, type Parties, type Party, partyOf, type Side } from "../../policy/explain.ts";
import { fromJson } from "../../policy/ruleset_json.ts";
import type { TableContent } from "../../../host-funcs/firewall/ruleset/ruleset.ts";
import { askAgent } from "../ask_agent.ts";
import { CommandFailure, type Output, printable, table } from "../output.ts";
import { compileSound } from "../policy/compile.ts";
import { isPort } from "../policy/ports.ts";

export interface ExplainOptions {
  readonly from: string;
  readonly to: string;
  /** A number, or the name of a port of the pod that is reached. */
  readonly port: string;
  readonly protocol: string;
  /** Of a folder; not given: the agent is asked. */
  readonly dir?: string;
  readonly http: string;
  readonly json?: boolean;
}

/** What packets are judged by. */
interface Rules extends Parties {
  readonly content: TableContent;
}

/** @returns the exit code: 0 for either answer, 1 where the folder is of no use, which is told */
export async function policyExplain(options: ExplainOptions, output: Output): Promise<0 | 1> {
  const { dir, http } = options;
  const rules = dir === undefined ? await askForRules(http) : await compileSound(dir, output);
  if (rules === undefined) return 1;
  const [from, to] = [partyOf(options.from, rules), partyOf(options.to, rules)];
  const port = portOf(options.port, options.protocol, to);
  const found = explain(new Evaluator(rules.content), from, to, options.protocol, port);
  if (found.length === 0) {
    throw new CommandFailure(`Cannot explain as ${from.name} and ${to.name} have no address of the same family`);
  }
  const isElsewhere = (side: Side, { pod }: Party) => side.verdict === "not-judged" && pod?.local === false;
  const complete = !found.some(({ egress, ingress }) => isElsewhere(egress, from) || isElsewhere(ingress, to));
  if (
    !complete &&
    found.every(({ egress, ingress }) => egress.verdict === ingress.verdict && ingress.verdict === "not-judged")
  ) {
    throw new CommandFailure(`Cannot explain here as neither is a pod of this node: ask the agent of one that is`);
  }
  const what = { from: from.name, to: to.name, protocol: options.protocol, port };
  if (options.json === true) {
    output.json({
      ...what,
      allowed: found.every(({ allowed }) => allowed),
      complete,
      families: found,
    });
  } else for (const line of explanationLines(what, found, complete)) output.line(printable(line));
  return 0;
}

/** For people. Families of which everything is the same are told together. */
function explanationLines(
  { from, to, protocol, port }: { from: string; to: string; protocol: string; port: number },
  found: readonly Explanation[],
  complete: boolean,
): string[] {
  const groups = Map.groupBy(found, ({ allowed, egress, ingress }) => JSON.stringify([allowed, egress, ingress]));
  const lines = [...groups.values()].flatMap((same) => {
    const { allowed, egress, ingress } = same[0]!;
    const families = found.length === same.length
      ? ""
      : ` by ${same.map(({ family }) => `IPv${family}`).join(" and ")}`;
    const verdict = allowed ? complete ? "allowed" : "allowed by this node" : "denied";
    return [
      `${from} to ${to} ${protocol} ${port}${families}: ${verdict}`,
      ...table(["", "", ""], [sideRow("egress", egress), sideRow("ingress", ingress)]).slice(1),
    ];
  });
  return complete || found.some(({ allowed }) => !allowed)
    ? lines
    : [...lines, "Only one side was judged: it passes if the other node allows it too."];
}

function sideRow(side: string, { verdict, rule, why }: Side): string[] {
  return [`  ${side}`, verdict === "not-judged" ? "not judged" : verdict, rule ?? why ?? ""];
}

async function askForRules(http: string): Promise<Rules> {
  const without = "enforces no network policies: start it with --policy FILE, or name a folder by --dir";
  const { node, addresses, content, pods } = await askAgent<EnforcedPolicies>(http, "/policy/ruleset", without);
  return {
    content: fromJson(content),
    pods: pods.map((pod) => pod.local ? { ...pod, node } : pod),
    nodes: [{ name: node, addresses }],
  };
}

function portOf(text: string, protocol: string, { name, pod }: Party): number {
  if (isPort(text)) return Number(text);
  const named = pod?.ports.find((it) => it.name === text && it.protocol.toLowerCase() === protocol);
  if (named !== undefined) return named.port;
  throw new CommandFailure(
    `Cannot explain as ${text} is neither a port nor the name that ${name} has for one (${protocol})`,
  );
}
