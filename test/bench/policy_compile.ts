// `deno task bench:policy`: from Kubernetes objects to rules in the kernel. 1,000 NetworkPolicies and 5,000 pods from
// nothing, then one pod, label or policy at a time. Arguments: how many of the pods are on this node, again and again.

import { currentNamespace } from "../../host-funcs/sys/namespace.ts";
import { namespaces, pod, policy } from "./policy_cluster.ts";
import { PolicyNode, type Work } from "./policy_node.ts";
import { medianText } from "./statistics.ts";

const POLICIES = 1000;
const PODS = 5000;
const ANEW = 5;
const TIMES = 50;
/** Pods of this node: of a usual one, and of one that has as many as the kubelet takes by default. */
const LOCAL = [30, 110];

using node = await PolicyNode.open(currentNamespace());
const locals = Deno.args.length > 0 ? Deno.args.map(Number) : LOCAL;
say(`Milliseconds, the median and (least-most). ${POLICIES} NetworkPolicies, ${PODS} pods in 100 namespaces.\n`);
for (const local of locals) measure(local);

function measure(local: number): void {
  const objects = {
    Namespace: namespaces(),
    Pod: Array.from({ length: PODS }, (_, at) => pod(at, at < local)),
    NetworkPolicy: Array.from({ length: POLICIES }, (_, at) => policy(at)),
  };
  say(`\n${local} of the pods are on this node:\n\n`);
  report("from nothing", Array.from({ length: ANEW }, () => node.anew(objects)));
  const added: Work[] = [];
  const gone: Work[] = [];
  const addedHere: Work[] = [];
  const goneHere: Work[] = [];
  const labelled: Work[] = [];
  const withoutEffect: Work[] = [];
  for (let at = PODS; at < PODS + TIMES; at++) {
    added.push(node.set("Pod", pod(at, false)));
    labelled.push(node.set("Pod", pod(at, false, { app: "a9", tier: "db" })));
    withoutEffect.push(node.set("Pod", pod(at, false, { app: "a9", tier: "db", release: "2" })));
    gone.push(node.gone("Pod", pod(at, false)));
    addedHere.push(node.set("Pod", pod(at, true)));
    goneHere.push(node.gone("Pod", pod(at, true)));
  }
  report("a pod elsewhere added", added);
  report("its labels changed", labelled);
  report("a label that nobody asks for", withoutEffect);
  report("the pod gone", gone);
  report("a pod of this node added", addedHere);
  report("the pod gone", goneHere);
  const changed: Work[] = [];
  for (let at = 0; at < TIMES; at++) {
    const { spec, ...rest } = policy(at % local);
    changed.push(node.set("NetworkPolicy", { ...rest, spec: { ...spec, ingress: [] } }));
    changed.push(node.set("NetworkPolicy", { ...rest, spec }));
  }
  report("a policy of this node changed", changed);
  if (!node.kernel.matches()) throw new Error("The kernel has other rules than were planned");
}

function report(what: string, works: readonly Work[]): void {
  const text = (part: keyof Work) => medianText(works.map((work) => work[part]), 1);
  say(
    `  ${what.padEnd(30)} ${text("all").padEnd(24)} component ${text("observe")} + ${text("plan")}, kernel ${
      text("kernel")
    }; changes ${medianText(works.map(({ changes }) => changes), 0)}, elements ${
      medianText(works.map(({ elements }) => elements), 0)
    }\n`,
  );
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}
