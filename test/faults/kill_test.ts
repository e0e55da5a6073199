// ADDs that are killed with SIGKILL at random moments. After DEL nothing of them is left: no link, address, route, rule,
// lease or journal.

import { assert, assertEquals } from "@std/assert";
import { eachEngine } from "../e2e/each_target.ts";
import { heldAddresses } from "../e2e/held_addresses.ts";
import { attachment, bridgeNetwork, hostLocal } from "../e2e/networks.ts";
import { type Attachment, type Config, succeed, type Target } from "../lab/cni_call.ts";
import type { Namespace } from "../lab/namespace.ts";
import type { Node } from "../lab/node.ts";
import { dumpState } from "../lab/state.ts";

const POINTS = 30;
const EXCEPT = { except: ["cni0"], exceptParameters: true };

eachEngine(`${POINTS} ADDs killed at random moments, then DEL, leave nothing`, async (target, node) => {
  const network = bridgeNetwork(node, { ipMasq: true, ipam: hostLocal(node, ["10.22.0.0/24", "fd00:22::/64"]) });
  const longest = await milliseconds(target, node, network);
  const before = await dumpState(node.namespace, EXCEPT);
  const journals = journalFiles(node);
  let killed = 0;
  for (let point = 0; point < POINTS; point++) {
    const pod = await node.pod();
    const empty = await dumpState(pod, { exceptParameters: true });
    const at = attachment(pod);
    const moment = longest * (point + Math.random()) / POINTS;
    if (await addKilledAfter(target, node, network, at, pod, moment)) killed++;
    await succeed(target, node, "DEL", network, at);
    const where = `after SIGKILL at ${moment.toFixed(1)} ms`;
    assertEquals(await dumpState(pod, { exceptParameters: true }), empty, where);
    assertEquals(await dumpState(node.namespace, EXCEPT), before, where);
    assertEquals(await heldAddresses(target, node), [], where);
    assertEquals(journalFiles(node), journals, where);
    await pod.delete();
  }
  const line = `${target.name}: ${POINTS} points tried, ${killed} ADDs killed within ${longest.toFixed(0)} ms\n`;
  await Deno.stderr.write(new TextEncoder().encode(line));
  assert(killed >= POINTS / 2, line);
});

/** How long an ADD takes here: the first makes the bridge, the second is timed. */
async function milliseconds(target: Target, node: Node, network: Config): Promise<number> {
  let took = 0;
  for (let i = 0; i < 2; i++) {
    const at = attachment(await node.pod());
    const began = performance.now();
    await succeed(target, node, "ADD", network, at);
    took = performance.now() - began;
    await succeed(target, node, "DEL", network, at);
  }
  return took;
}

/** Whether the signal came before the ADD had ended. */
async function addKilledAfter(
  target: Target,
  node: Node,
  network: Config,
  { containerId, ifname }: Attachment,
  pod: Namespace,
  moment: number,
): Promise<boolean> {
  const child = node.namespace.start([`${target.directory}/${network.type}`], {
    input: JSON.stringify(network),
    env: {
      ...target.environment(node),
      CNI_COMMAND: "ADD",
      CNI_CONTAINERID: containerId,
      CNI_IFNAME: ifname,
      CNI_NETNS: pod.path,
      CNI_PATH: target.directory,
    },
  });
  const timer = setTimeout(() => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended just before.
    }
  }, moment);
  const { signal } = await child.output();
  clearTimeout(timer);
  return signal === "SIGKILL";
}

/** Files of the state directory that are not the database's: what a journal leaves shows here. */
function journalFiles(node: Node): string[] {
  const found: string[] = [];
  const visit = (directory: string) => {
    for (const entry of Deno.readDirSync(directory)) {
      const path = `${directory}/${entry.name}`;
      if (entry.isDirectory) visit(path);
      else if (!/\.(db|sqlite)(-wal|-shm)?$/.test(entry.name)) found.push(path);
    }
  };
  visit(node.stateDirectory);
  return found.sort();
}
