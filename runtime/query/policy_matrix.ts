// Who of this node's pods may reach whom, and why: as many as a person reads, and one answer in full.

import type { EnforcedPod } from "../policy/enforced.ts";
import { explain, type Explanation, type Party, partyOf } from "../policy/explain.ts";
import { decidingRule, distinctPorts, type PortOfPods } from "../policy/reachability.ts";
import type { ReadyRules } from "./enforced_rules.ts";

/** Pods of a side, and ports of a destination that are asked about. */
export const MOST_MATRIX_PODS = 25;
const MOST_PORTS = 4;
/** Where neither the question nor the pod names one. */
const USUAL_PORT: PortOfPods = { protocol: "tcp", port: 80 };
const PROTOCOLS = ["tcp", "udp", "sctp"];

/** `partly`: of several ports or families some; `none`: they have no address of the same family. */
export type CellVerdict = "allowed" | "denied" | "partly" | "none";

/** The verdict, and the place of its reason in `reasons`. */
export type MatrixCell = readonly [verdict: CellVerdict, reason: number];

export interface MatrixDestination {
  readonly name: string;
  readonly ports: readonly PortOfPods[];
}

/** One connection. */
export interface MatrixChoice {
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly port: number;
  readonly families: readonly Explanation[];
}

export interface PolicyMatrix {
  /** Those that match, of each side; as many as are shown, and how many there are. */
  readonly sources: readonly string[];
  readonly sourceCount: number;
  readonly destinations: readonly MatrixDestination[];
  readonly destinationCount: number;
  /** Of this node. */
  readonly podCount: number;
  /** A row for each source, a cell for each destination. */
  readonly cells: readonly (readonly MatrixCell[])[];
  readonly reasons: readonly string[];
  /** Where two ends were asked about: an answer for each port, or a sentence. */
  readonly chosen?: readonly MatrixChoice[] | { readonly error: string } | undefined;
}

/**
 * Reads `source`, `destination` (text that `namespace/name` has to have), `protocol`, `port` (those of the destinations where
 * none is given); and `from` and `to` of one connection: names of pods, or addresses.
 *
 * @throws {RangeError} a sentence, for what is no port and no protocol
 */
export function policyMatrix(rules: ReadyRules, query: URLSearchParams): PolicyMatrix {
  const asked = portOf(query);
  const sources = matching(rules.local, query.get("source"));
  const destinations = matching(rules.local, query.get("destination"));
  const [shownSources, shownDestinations] = [sources, destinations].map((it) =>
    it.slice(0, MOST_MATRIX_PODS).map(localParty)
  ) as [Party[], Party[]];
  const columns = shownDestinations.map((party) => ({ party, ports: portsOf(party, asked) }));
  const reasons = new Map<string, number>();
  const cells = shownSources.map((from) =>
    columns.map(({ party, ports }): MatrixCell => {
      const [verdict, reason] = cellOf(rules, from, party, ports);
      if (!reasons.has(reason)) reasons.set(reason, reasons.size);
      return [verdict, reasons.get(reason)!];
    })
  );
  const [from, to] = [query.get("from")?.trim() ?? "", query.get("to")?.trim() ?? ""];
  return {
    sources: shownSources.map(({ name }) => name),
    sourceCount: sources.length,
    destinations: columns.map(({ party, ports }) => ({ name: party.name, ports })),
    destinationCount: destinations.length,
    podCount: rules.local.length,
    cells,
    reasons: [...reasons.keys()],
    ...from !== "" && to !== "" && { chosen: chosenOf(rules, from, to, asked) },
  };
}

function portOf(query: URLSearchParams): PortOfPods | undefined {
  const [text, protocol] = [query.get("port")?.trim() ?? "", query.get("protocol") || "tcp"];
  if (!PROTOCOLS.includes(protocol)) throw new RangeError(`protocol must be one of ${PROTOCOLS.join(", ")}`);
  if (text === "") return undefined;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65535) throw new RangeError("port must be a number from 1 to 65535");
  return { protocol, port };
}

function matching<P extends EnforcedPod>(pods: readonly P[], text: string | null): readonly P[] {
  const wanted = text?.trim() ?? "";
  return wanted === "" ? pods : pods.filter(({ namespace, name }) => `${namespace}/${name}`.includes(wanted));
}

function localParty(pod: EnforcedPod & { readonly node?: string }): Party {
  return { name: `${pod.namespace}/${pod.name}`, addresses: pod.addresses, pod, node: pod.node };
}

function portsOf({ pod }: Party, asked: PortOfPods | undefined): readonly PortOfPods[] {
  if (asked !== undefined) return [asked];
  const own = distinctPorts(pod?.ports ?? []);
  return own.length === 0 ? [USUAL_PORT] : own.slice(0, MOST_PORTS);
}

function cellOf(
  { evaluator }: ReadyRules,
  from: Party,
  to: Party,
  ports: readonly PortOfPods[],
): [CellVerdict, string] {
  const found = ports.flatMap((place) =>
    explain(evaluator, from, to, place.protocol, place.port).map((it) => ({ ...it, ...place }))
  );
  if (found.length === 0) return ["none", "they have no address of the same family"];
  const allowed = found.filter((it) => it.allowed).length;
  const rules = [...new Set(found.map(decidingRule))];
  if (allowed === found.length) return ["allowed", rules.join("; ")];
  if (allowed === 0) return ["denied", rules.join("; ")];
  const parts = found.map((it) =>
    `${it.protocol} ${it.port} by IPv${it.family} ${it.allowed ? "allowed" : "denied"}: ${decidingRule(it)}`
  );
  return ["partly", parts.join("; ")];
}

function chosenOf(rules: ReadyRules, fromText: string, toText: string, asked: PortOfPods | undefined) {
  try {
    const [from, to] = [partyOf(fromText, rules), partyOf(toText, rules)];
    return portsOf(to, asked).map(({ protocol, port }): MatrixChoice => ({
      ...{ from: from.name, to: to.name, protocol, port },
      families: explain(rules.evaluator, from, to, protocol, port),
    }));
  } catch (error) {
    return { error: `${(error as Error).message}.` };
  }
}
