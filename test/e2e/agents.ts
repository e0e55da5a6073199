// What the tests of the agent share.

import { assertEquals } from "@std/assert";
import type { Agent } from "../lab/agent.ts";
import type { Target } from "../lab/cni_call.ts";
import { labTestNeeding } from "../lab/isolation.ts";
import { Node } from "../lab/node.ts";
import { type Family, parseMetrics, valueOf } from "../lab/prometheus.ts";
import { type IpLink } from "./kernel.ts";
import { throughAgent } from "./targets.ts";

const candidate = throughAgent();

/** Why what a shell alone can do is left out: it hands descriptors over, and speaks TCP. */
export const noBash = await Deno.stat("/bin/bash").then(() => undefined, () => "needs bash");

/** A test that gets a fresh node, and starts agents itself. */
export function agentTest(
  name: string,
  body: (target: Target, node: Node) => Promise<void>,
  missing?: string,
): void {
  Deno.test({
    ...labTestNeeding(`agent: ${name}`, candidate.missing ?? missing),
    fn: async () => {
      await using node = await Node.create();
      await body(await candidate.ready(), node);
    },
  });
}

/** The target as its calls with more environment. */
export function withEnvironment(target: Target, more: Record<string, string>): Target {
  return { ...target, environment: (node) => ({ ...target.environment(node), ...more }) };
}

export async function metricsOf(agent: Agent): Promise<Map<string, Family>> {
  const { status, text } = await agent.get("/metrics");
  assertEquals(status, 200, text);
  return parseMetrics(text);
}

/** A sample of the agent's metrics; 0 if there is none. */
export async function sample(agent: Agent, name: string, labels: Readonly<Record<string, string>> = {}) {
  return valueOf(await metricsOf(agent), name, labels);
}

/** Asserts what a metric comes to: the agent counts a call just after it has answered. */
export async function comesTo(
  agent: Agent,
  name: string,
  labels: Readonly<Record<string, string>>,
  expected: number,
): Promise<void> {
  const value = () => sample(agent, name, labels);
  const deadline = performance.now() + 15_000;
  while (performance.now() < deadline && await value() !== expected) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assertEquals(await value(), expected, `${name} ${JSON.stringify(labels)}`);
}

/** The lines of an agent's log. */
export function linesOf(log: string): Record<string, unknown>[] {
  return log.trim().split("\n").map((line) => JSON.parse(line));
}

/** The host's ends of pods. */
export async function veths(node: Node): Promise<string[]> {
  const links = await node.namespace.ipJson<IpLink[]>("link show type veth");
  return links.map(({ ifname }) => ifname);
}

/** Asserts that calls have left nothing on a node but the bridge. */
export async function assertNothingLeft(node: Node): Promise<void> {
  const files = (folder: string) => {
    try {
      return [...Deno.readDirSync(`${node.stateDirectory}/${folder}`)].map(({ name }) => name);
    } catch {
      return [];
    }
  };
  assertEquals([await veths(node), files("journal"), files("ledger")], [[], [], []]);
}
