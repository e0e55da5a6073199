// Registers one test body for every target.

import type { Target } from "../lab/cni_call.ts";
import { labTestNeeding } from "../lab/isolation.ts";
import { Node } from "../lab/node.ts";
import { GO_DIFFERENCES } from "./known_differences.ts";
import { type Candidate, candidates } from "./targets.ts";

/** A test that gets a fresh node. */
export type Body = (target: Target, node: Node) => Promise<void>;

/** Registers `body` for Debian's Go plugins and for ours on each engine. */
export function eachTarget(name: string, body: Body, missing?: string): void {
  for (const candidate of candidates()) {
    const difference = candidate.ours ? undefined : GO_DIFFERENCES[name];
    register(candidate, name, body, candidate.missing ?? missing ?? difference);
  }
}

/** Registers `body` for ours on each engine, and through an agent: what only cnidaria does. */
export function eachEngine(name: string, body: Body, missing?: string): void {
  for (const candidate of candidates()) {
    if (candidate.ours) register(candidate, name, body, candidate.missing ?? missing);
  }
}

/** Registers `body` for ours on wasmtime, without and through an agent: where engines make no difference. */
export function eachWay(name: string, body: Body): void {
  for (const candidate of candidates()) {
    if (candidate.ours && !candidate.name.endsWith("/v8")) register(candidate, name, body, candidate.missing);
  }
}

/** Registers `body` for ours on each engine, without an agent. */
export function eachColdEngine(name: string, body: Body, missing?: string): void {
  for (const candidate of candidates()) {
    if (candidate.ours && !candidate.agent) register(candidate, name, body, candidate.missing ?? missing);
  }
}

function register(candidate: Candidate, name: string, body: Body, missing: string | undefined): void {
  Deno.test({
    ...labTestNeeding(`${candidate.name}: ${name}`, missing),
    fn: async () => {
      const target = await candidate.ready();
      await using node = await Node.create();
      await using _beside = await candidate.start?.(target, node);
      await body(target, node);
    },
  });
}
