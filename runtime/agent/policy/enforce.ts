// The thread's own side: network policies are in force on this node until the agent ends, and after that too.

import { untilDone } from "../../cluster/patience.ts";
import { enforcedOf } from "../../policy/enforced.ts";
import type { EnforcerLog } from "../../policy/enforcer.ts";
import { NodePolicies } from "../../policy/node_policies.ts";
import { KINDS } from "../../policy/objects.ts";
import type { PolicyOptions } from "../../policy/policy_options.ts";
import type { PolicyStatus } from "../../policy/policy_status.ts";
import type { Side } from "../side_messages.ts";
import type { PolicyAnswers, PolicyStart } from "./messages.ts";

/** @returns when the agent has said that it ends: rules stay in force */
export async function enforce({ options }: PolicyStart, { post, listen }: Side): Promise<void> {
  const end = new AbortController();
  const log: EnforcerLog = {
    line: (level, message, fields = {}) => post({ kind: "line", level, message, fields }),
  };
  let policies: NodePolicies | undefined;
  let trouble: string | undefined;
  const status = () => policies?.status() ?? notOpen(options, trouble);
  const answers: { [Q in keyof PolicyAnswers]: (argument: number) => PolicyAnswers[Q] } = {
    status,
    enforced: () => {
      const { wanted, world } = policies?.enforced ?? {};
      return wanted === undefined || world === undefined ? null : enforcedOf(options.node, wanted, world);
    },
    drops: (after) => ({ drops: policies?.drops(after) ?? [] }),
    measures: () => ({ status: status(), counts: policies?.counts() ?? [], dropsSeen: policies?.dropsSeen ?? 0 }),
  };
  // The kernel may refuse to tell its counters: then there is no answer, and the policies go on.
  const answerOf = (question: keyof PolicyAnswers, argument: number) => {
    try {
      return answers[question](argument);
    } catch (error) {
      log.line("warn", `Cannot tell of network policies as ${(error as Error).message}`);
    }
  };
  listen((message) => {
    if (message.kind === "end") return end.abort();
    const { id, question, argument = 0 } = message;
    post({ kind: "answer", id, answer: answerOf(question as keyof PolicyAnswers, argument) });
  });
  // A component may be installed later, and a kubeconfig written.
  const opened = await untilDone(() => NodePolicies.open(options, log), ({ message }) => {
    trouble = message;
    log.line("error", message);
  }, end.signal).catch((error) => {
    if (!end.signal.aborted) throw error;
  });
  if (opened !== undefined) {
    await using open = opened;
    policies = open;
    await open.run(end.signal);
  }
  post({ kind: "ended" });
}

/** Before there is an enforcer. */
function notOpen({ node }: PolicyOptions, trouble: string | undefined): PolicyStatus {
  return {
    node,
    synced: false,
    inForce: false,
    waitsFor: KINDS,
    troubles: trouble === undefined ? [] : [trouble],
    objects: { Namespace: 0, Pod: 0, Node: 0, NetworkPolicy: 0, ClusterNetworkPolicy: 0 },
    localPods: 0,
    rejected: [],
    waiting: [],
    elements: 0,
    repairs: 0,
    failures: 0,
  };
}
