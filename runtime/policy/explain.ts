// Whether one pod, or an address, reaches another, and which rules decide: the judgements of a table, told by families and
// by sides.

import { formatAddress, parseAddress } from "../../host-funcs/ip_number.ts";
import type { EnforcedPod } from "./enforced.ts";
import type { Decision, Evaluator, Judgement } from "./evaluate.ts";

/** Who there is. */
export interface Parties {
  /** `node`: the one that a pod is on; none where it is not known. */
  readonly pods: readonly (EnforcedPod & { readonly node?: string })[];
  readonly nodes: readonly { readonly name: string; readonly addresses: readonly string[] }[];
}

/** Where a packet comes from, or goes to. */
export interface Party {
  /** `namespace/name`, or the address. */
  readonly name: string;
  readonly addresses: readonly string[];
  /** Undefined for an address that no pod has. */
  readonly pod: EnforcedPod | undefined;
  /** The node that it is on, or that it is. */
  readonly node: string | undefined;
}

/**
 * - `allowed`, `denied`: by `rule`; or by none, as no policy selects the pod, or none of the rules objects.
 * - `not-judged`: as `why` says.
 */
export interface Side {
  readonly verdict: "allowed" | "denied" | "not-judged";
  /** What the deciding rule is for: `NetworkPolicy shop/web ingress[0]`. */
  readonly rule?: string;
  /** Completes "as", where no rule decides. */
  readonly why?: string;
}

export interface Explanation {
  readonly family: 4 | 6;
  readonly source: string;
  readonly destination: string;
  readonly allowed: boolean;
  /** By the policies of who sends, on its node. */
  readonly egress: Side;
  /** By those of who is reached, on its node. */
  readonly ingress: Side;
}

/** @throws {Error} a sentence, where there is no such pod, and it is no address */
export function partyOf(text: string, { pods, nodes }: Parties): Party {
  const address = parseAddress(text);
  const canonical = address && formatAddress(address.family, address.number);
  const pod = pods.find(({ namespace, name, addresses }) =>
    canonical === undefined ? `${namespace}/${name}` === text : addresses.includes(canonical)
  );
  if (pod !== undefined) {
    const addresses = canonical === undefined ? pod.addresses : [canonical];
    return { name: `${pod.namespace}/${pod.name}`, addresses, pod, node: pod.node || undefined };
  }
  if (canonical !== undefined) {
    const node = nodes.find(({ addresses }) => addresses.includes(canonical))?.name;
    return { name: canonical, addresses: [canonical], pod, node };
  }
  const form = text.includes("/") ? "" : "; expected NAMESPACE/POD, or an address";
  throw new Error(`Cannot find a pod ${text} that has an address and is not of its node's own network${form}`);
}

/**
 * Explains a connection, for each family of which both have an address.
 *
 * @param protocol `tcp`, `udp` or `sctp`
 */
export function explain(
  evaluator: Evaluator,
  from: Party,
  to: Party,
  protocol: string,
  destinationPort: number,
): Explanation[] {
  const isWithinNode = from.node !== undefined && from.node === to.node &&
    (from.pod === undefined || to.pod === undefined);
  return pairsOf(from, to).map(({ family, source, destination }) => {
    const place = { family, source, destination };
    if (isWithinNode) {
      // Not forwarded: Kubernetes has a node's own traffic with its pods pass, for probes.
      const side: Side = { verdict: "not-judged", why: "nothing is between a node and its own pods" };
      return { ...place, allowed: true, egress: side, ingress: side };
    }
    const judged = evaluator.judge({ source, destination, protocol, destinationPort });
    return {
      ...place,
      allowed: judged.allowed,
      egress: sideOf(judged.egress, judged, from),
      ingress: sideOf(judged.ingress, judged, to),
    };
  });
}

function sideOf(decision: Decision | undefined, { base }: Judgement, { pod, name }: Party): Side {
  if (decision !== undefined) {
    const { allowed, rule } = decision;
    if (rule === undefined) return { verdict: "allowed", why: "no rule applies" };
    return { verdict: allowed ? "allowed" : "denied", rule: rule.comment };
  }
  // Of the chain that asks for either side.
  if (base !== undefined) return { verdict: base.verdict.tag === "drop" ? "denied" : "allowed", rule: base.comment };
  if (pod === undefined) return { verdict: "not-judged", why: `${name} is no pod` };
  if (!pod.local) return { verdict: "not-judged", why: `${name} is on another node, whose agent judges this` };
  return { verdict: "allowed", why: `no policy selects ${name}` };
}

/** The first address of each family that both have. */
function pairsOf(from: Pick<Party, "addresses">, to: Pick<Party, "addresses">) {
  return ([4, 6] as const).flatMap((family) => {
    const [source, destination] = [from, to].map(({ addresses }) =>
      addresses.find((it) => (it.includes(":") ? 6 : 4) === family)
    );
    return source === undefined || destination === undefined ? [] : [{ family, source, destination }];
  });
}
