// /policy: how network policies are, who may reach whom by them, and what they dropped.

import { Hono } from "hono";
import type { NumberedDrop } from "../../runtime/policy/drops/drop_ring.ts";
import type { EnforcedPod, EnforcedPolicies } from "../../runtime/policy/enforced.ts";
import type { PolicyStatus } from "../../runtime/policy/policy_status.ts";
import { type Reach, reachability } from "../../runtime/policy/reachability.ts";
import { fromJson } from "../../runtime/policy/ruleset_json.ts";
import type { WebParts } from "../parts.ts";

export interface Matrix {
  readonly protocol: string;
  readonly port: number;
  /** `namespace/name`: of the rows and columns. */
  readonly pods: readonly string[];
  /** How many pods match, of which these are the first. */
  readonly matched: number;
  /** Of pods of other nodes one side is judged elsewhere. */
  readonly elsewhere: readonly string[];
  /** By row and column: families that pass, of those that both have; null: none in common. And the rule that decides. */
  readonly cells: readonly (readonly (MatrixCell | null)[])[];
}

export interface MatrixCell {
  readonly allowed: "yes" | "no" | "4" | "6";
  /** Index into `rules`. */
  readonly rule: number;
}

export interface PolicyAnswer {
  /** `none`: the agent enforces no policies; `silent`: its thread does not answer. */
  readonly status: PolicyStatus | "none" | "silent";
  /** Null before anything is in force. */
  readonly matrix: Matrix | null;
  readonly rules: readonly string[];
  /** The newest first. */
  readonly drops: readonly NumberedDrop[];
  readonly now: number;
}

/** Pods of a matrix: more are of no use to a person. */
const MOST_PODS = 30;
const MOST_DROPS = 50;
const PROTOCOLS = ["tcp", "udp", "sctp"];

export function policyApi({ policy }: WebParts): Hono {
  return new Hono().get("/policy", async ({ req }) => {
    const query = new URL(req.url).searchParams;
    const protocol = query.get("protocol")?.toLowerCase() || "tcp";
    const port = Number(query.get("port") || 80);
    if (!PROTOCOLS.includes(protocol)) throw new RangeError("protocol must be tcp, udp or sctp");
    if (!Number.isInteger(port) || port < 1 || port > 65535) {
      throw new RangeError("port must be a number from 1 to 65535");
    }
    const status = await policy("status");
    const enforced = typeof status === "string" ? null : await policy("enforced");
    const dropped = typeof status === "string" ? "none" : await policy("drops", 0);
    const rules: string[] = [];
    const answer: PolicyAnswer = {
      status,
      matrix: enforced === null || typeof enforced === "string"
        ? null
        : matrixOf(enforced, query.get("q")?.trim().toLowerCase() ?? "", protocol, port, rules),
      rules,
      drops: typeof dropped === "string" ? [] : dropped.drops.slice(-MOST_DROPS).reverse(),
      now: Date.now(),
    };
    return Response.json(answer);
  });
}

/** By the same judgements as `cnidaria policy table`. */
function matrixOf(
  { node, content, pods }: EnforcedPolicies,
  text: string,
  protocol: string,
  port: number,
  rules: string[],
): Matrix {
  const nameOf = ({ namespace, name }: EnforcedPod) => `${namespace}/${name}`;
  const matching = pods.filter((pod) => pod.addresses.length > 0 && nameOf(pod).toLowerCase().includes(text))
    .sort((a, b) => Number(b.local) - Number(a.local) || (nameOf(a) < nameOf(b) ? -1 : 1));
  const shown = matching.slice(0, MOST_PODS);
  const parties = shown.map((pod) => ({ ...pod, node: pod.local ? node : "", containerPorts: [] }));
  const pairs = Map.groupBy(
    reachability(fromJson(content), parties, [{ protocol, port }]),
    ({ from, to }) => `${from} ${to}`,
  );
  const names = shown.map(nameOf);
  return {
    protocol,
    port,
    pods: names,
    matched: matching.length,
    elsewhere: shown.filter(({ local }) => !local).map(nameOf),
    cells: names.map((from) => names.map((to) => cellOf(pairs.get(`${from} ${to}`), rules))),
  };
}

function cellOf(found: readonly Reach[] | undefined, rules: string[]): MatrixCell | null {
  const [first] = found ?? [];
  if (found === undefined || first === undefined) return null;
  const allowed = found.filter((it) => it.allowed).flatMap(({ families }) => families);
  const denied = found.filter((it) => !it.allowed).flatMap(({ families }) => families);
  const rule = found.find((it) => !it.allowed)?.rule ?? first.rule;
  if (!rules.includes(rule)) rules.push(rule);
  return {
    allowed: denied.length === 0 ? "yes" : allowed.length === 0 ? "no" : String(allowed[0]) as "4" | "6",
    rule: rules.indexOf(rule),
  };
}
