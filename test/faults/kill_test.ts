// ADDs that are killed with SIGKILL at random moments, and what is left of them after DEL: links, addresses, routes,
// rules, leases, journals. For every other DEL the pod's namespace is gone. Of ours nothing must be left. Debian's Go
// plugins are killed at the same moments, each in terms of how long its own ADD takes; what they leave is counted for
// comparison, and is no failure of a test.

import { assert, assertEquals } from "@std/assert";
import { eachTarget } from "../e2e/each_target.ts";
import { heldAddresses } from "../e2e/held_addresses.ts";
import { attachment, bridgeNetwork, hostLocal } from "../e2e/networks.ts";
import { type Attachment, call, type Config, succeed, type Target } from "../lab/cni_call.ts";
import type { Namespace } from "../lab/namespace.ts";
import type { Node } from "../lab/node.ts";
import { dumpState } from "../lab/state.ts";
import { randomNumbers } from "./random.ts";
import { difference } from "./snapshot.ts";

const POINTS = 60;
const EXCEPT = { except: ["cni0"], exceptParameters: true };
/** The same for each target. */
const SEED = 20;

eachTarget(`${POINTS} ADDs killed at random moments, then DEL: what is left`, async (target, node) => {
  const network = bridgeNetwork(node, { ipMasq: true, ipam: hostLocal(node, ["10.22.0.0/24", "fd00:22::/64"]) });
  const took = await milliseconds(target, node, network);
  const random = randomNumbers(SEED);
  const left = new Map<string, number>();
  let before = await stateOf(target, node);
  let [killed, refused] = [0, 0];
  for (let point = 0; point < POINTS; point++) {
    const pod = await node.pod();
    const empty = await podState(pod);
    const at = attachment(pod);
    const moment = took * (point + random()) / POINTS;
    if (await addKilledAfter(target, node, network, at, pod, moment)) killed++;
    // The sandbox of a pod that did not come about may be gone before the runtime sends DEL.
    const gone = point % 2 === 1;
    if (gone) await pod.delete();
    if ((await call(target, node, "DEL", network, { ...at, netns: pod.path })).code !== 0) refused++;
    let now = await stateOf(target, node);
    let found = [...difference(before, now), ...gone ? [] : difference(empty, await podState(pod))];
    // An agent may be about to find out that the ADD has no reader: that too takes the attachment's lock, for a moment.
    for (let looks = 0; target.ours && found.length > 0 && looks < 20; looks++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      now = await stateOf(target, node);
      found = [...difference(before, now), ...gone ? [] : difference(empty, await podState(pod))];
    }
    for (const line of found) count(left, line);
    if (target.ours) assertEquals([found, refused], [[], 0], `after SIGKILL at ${moment.toFixed(1)} ms`);
    before = now;
    await pod.delete();
  }
  const counts = [...left].sort().map(([what, number]) => `${number} ${what}`).join(", ") || "nothing";
  const line = `${target.name}: ${killed} of ${POINTS} ADDs killed within ${took.toFixed(0)} ms, ${refused} DELs ` +
    `refused; left: ${counts}\n`;
  await Deno.stderr.write(new TextEncoder().encode(line));
  // On a machine with other work ADDs take longer at first than later.
  assert(killed >= POINTS / 4, line);
});

/** Everything on the node; of ours the journals and copies as well. */
async function stateOf(target: Target, node: Node): Promise<string[]> {
  const leases = (await heldAddresses(target, node)).map((address) => `lease: ${address}`);
  return [...await dumpState(node.namespace, EXCEPT), ...leases, ...target.ours ? stateFiles(node) : []];
}

async function podState(pod: Namespace): Promise<string[]> {
  return (await dumpState(pod, { exceptParameters: true })).map((line) => `pod's ${line}`);
}

const SORTS: Readonly<Record<string, string>> = { link: "links", address: "addresses", lease: "leases", file: "files" };

/** Counts what was added, by its sort. */
function count(left: Map<string, number>, line: string): void {
  const [, section = "", text = ""] = /^\+ (?:pod's )?(\w+): (.*)$/.exec(line) ?? [];
  if (section === "" || text === "}") return;
  const what = section === "nft"
    ? (/^(chain|table) /.test(text) ? `${text.split(" ")[0]}s` : "rules")
    : SORTS[section] ?? section;
  left.set(what, (left.get(what) ?? 0) + 1);
}

/** How long an ADD takes here: the median of five, after a first that makes the bridge. */
async function milliseconds(target: Target, node: Node, network: Config): Promise<number> {
  const took: number[] = [];
  for (let i = 0; i < 6; i++) {
    const at = attachment(await node.pod());
    const began = performance.now();
    await succeed(target, node, "ADD", network, at);
    if (i > 0) took.push(performance.now() - began);
    await succeed(target, node, "DEL", network, at);
  }
  return took.sort((a, b) => a - b)[2]!;
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

/** Files of the state directory that tell of attachments: journals, and copies of the ledger. */
function stateFiles(node: Node): string[] {
  const found: string[] = [];
  const visit = (directory: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(directory)) {
      const path = `${directory}/${name}`;
      if (isDirectory && name !== "calls" && name !== "cache") visit(path);
      else if (!isDirectory && !/^cnidaria\.db(-wal|-shm)?$/.test(name)) found.push(`file: ${path}`);
    }
  };
  visit(node.stateDirectory);
  return found.sort();
}
