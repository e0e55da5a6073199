// The demo's second part: pods on three nodes, which reach each other through VXLAN.

import { createNamespace, deleteNamespace } from "../../../host-funcs/sys/namespace_create.ts";
import type { Installed } from "../installed.ts";
import { ping } from "../ping.ts";
import { LiveTable } from "../table.ts";
import { NodeAgent } from "./agent.ts";
import { captured, captureMissing } from "./capture.ts";
import { type DemoNode, makeNode, removeNode } from "./network.ts";

const NODES = 3;
const NETWORK = { Network: "10.244.0.0/16", Backend: { Type: "vxlan" } };
/** Milliseconds for nodes to hear of each other. */
const HEAR_LIMIT = 5_000;

interface OverlayPod {
  readonly agent: NodeAgent;
  readonly netns: string;
  /** Without prefix length. */
  readonly address: string;
}

/** @returns how many steps failed */
export async function overlayDemo(
  installed: Installed,
  say: (text: string) => void,
): Promise<number> {
  say(`\nOverlay: ${NODES} nodes, an agent and a pod on each; one network by VXLAN, a shared folder as the store\n\n`);
  const folder = await Deno.makeTempDir({ dir: "/run", prefix: "cnidaria-demo-" }).catch(() => undefined);
  if (folder === undefined) {
    say("  not shown, as an agent may write only below /run, and only root may make a folder there\n");
    return 0;
  }
  const nodes: DemoNode[] = [];
  await using agents = new AsyncDisposableStack();
  try {
    await Deno.mkdir(`${folder}/store`);
    await Deno.writeTextFile(`${folder}/store/network.json`, JSON.stringify(NETWORK));
    const table = new LiveTable(["NODE", "ADDRESS", "SUBNET", "POD"], say, Deno.stdout.isTerminal());
    const pods: OverlayPod[] = [];
    for (let number = 1; number <= NODES; number++) {
      const node = makeNode(folder, number);
      nodes.push(node);
      const row = table.add([node.name, node.address, "…"]);
      const agent = agents.use(await NodeAgent.start(installed, node, `${folder}/${node.name}.d`, `${folder}/store`));
      const pod = await attach(agent);
      pods.push(pod);
      table.update(row, [node.name, node.address, agent.subnet, pod.address]);
    }
    table.end();
    await haveHeard(pods);
    return pingAll(pods, say) + await showPackets(pods, say) + await release(pods, say);
  } catch (error) {
    say(`\n  ${(error as Error).message}\n`);
    return 1;
  } finally {
    await agents.disposeAsync();
    for (const node of nodes) {
      deleteNamespace(`${node.netns}-pod`);
      removeNode(node);
    }
    await Deno.remove(folder, { recursive: true });
  }
}

function words(agent: NodeAgent, verb: "add" | "del"): string[] {
  const { installed, node, folder } = agent;
  return [
    ...["exec", verb, "--conf", `${folder}/pods.conf`, "--container-id", `demo-${node.name}`],
    ...["--netns", `${node.netns}-pod`, "--bin-dir", installed.binDir, "--cache-dir", `${folder}/cache`],
  ];
}

async function attach(agent: NodeAgent): Promise<OverlayPod> {
  const netns = `${agent.node.netns}-pod`;
  createNamespace(netns);
  const network = {
    cniVersion: "1.0.0",
    name: "overlay",
    type: "cnidaria-flannel",
    subnetFile: `${agent.folder}/subnet.env`,
    delegate: { type: "cnidaria-bridge", isDefaultGateway: true },
  };
  await Deno.writeTextFile(`${agent.folder}/pods.conf`, JSON.stringify(network));
  const result = JSON.parse(await agent.run(words(agent, "add"))) as { ips: { address: string }[] };
  return { agent, netns, address: result.ips[0]!.address.replace(/\/.*/, "") };
}

/** Until each node's agent has connected all others. */
async function haveHeard(pods: readonly OverlayPod[]): Promise<void> {
  for (const { agent } of pods) {
    for (const end = performance.now() + HEAR_LIMIT; performance.now() < end;) {
      const text = await agent.run(["status", "--line", "--http", `${agent.folder}/http.sock`]).catch(() => "");
      if (text.includes(`peers ${pods.length - 1} connected`)) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function pingAll(pods: readonly OverlayPod[], say: (text: string) => void): number {
  let failures = 0;
  say("\nping, from a pod to a pod on another node\n\n");
  for (const from of pods) {
    for (const to of pods.filter((pod) => pod !== from)) {
      const ms = ping(from.netns, to.address);
      if (ms === undefined) failures++;
      const answer = ms === undefined ? "no reply" : `${ms.toFixed(2)} ms`;
      say(`  ${from.agent.node.name} -> ${to.agent.node.name} (${to.address}): ${answer}\n`);
    }
  }
  return failures;
}

/** One ping and its answer, as they pass the first node's eth0. */
async function showPackets([from, to]: readonly OverlayPod[], say: (text: string) => void): Promise<number> {
  say(`\nOne of them on the way, as it passes eth0 of ${from!.agent.node.name}\n\n`);
  const why = await captureMissing();
  if (why !== undefined) {
    say(`  not shown, as ${why}\n`);
    return 0;
  }
  const lines = await captured(from!.agent.node, () => void ping(from!.netns, to!.address, 1));
  for (const line of lines.slice(0, 4)) say(`  ${line}\n`);
  return lines.some((line) => line.includes("VXLAN")) ? 0 : 1;
}

async function release(pods: readonly OverlayPod[], say: (text: string) => void): Promise<number> {
  say("\nstatus\n\n");
  const [{ agent }] = pods as [OverlayPod];
  say(`  ${await agent.run(["status", "--line", "--http", `${agent.folder}/http.sock`])}\n`);
  for (const pod of pods) await pod.agent.run(words(pod.agent, "del"));
  return 0;
}
