// GC by the runtime's list, and `cnidaria gc` by what the kernel says: what is gone leaves nothing, what lives stays.

import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { type Attachment, type Config, fail, succeed, type Target } from "../lab/cni_call.ts";
import type { Namespace } from "../lab/namespace.ts";
import type { Node } from "../lab/node.ts";
import { dumpState } from "../lab/state.ts";
import { eachEngine } from "./each_target.ts";
import { heldAddresses } from "./held_addresses.ts";
import { addresses } from "./kernel.ts";
import { attachment, bridgeNetwork, hostLocal } from "./networks.ts";

const EXCEPT = { except: ["cni0"], exceptParameters: true };

/** A pool of three addresses. */
const network = (node: Node, changes: Record<string, unknown> = {}): Config =>
  bridgeNetwork(node, {
    cniVersion: "1.1.0",
    ipMasq: true,
    ipam: hostLocal(node, ["10.22.0.0/29"], {
      ranges: [[{ subnet: "10.22.0.0/29", rangeStart: "10.22.0.2", rangeEnd: "10.22.0.4" }]],
    }),
    ...changes,
  });

/** GC as the runtime asks for it, with what it says exists. */
function collect(target: Target, node: Node, config: Config, valid: readonly Attachment[]) {
  const list = valid.map(({ containerId, ifname }) => ({ containerID: containerId, ifname }));
  return succeed(target, node, "GC", { ...config, "cni.dev/valid-attachments": list }, attachment(node.namespace));
}

interface Line {
  what: string;
  why: string;
  outcome: string;
  reason?: string;
}

/** `cnidaria gc`, the two looks directly after each other. */
async function gc(target: Target, node: Node, ...options: string[]): Promise<Line[]> {
  const argv = [`${target.directory}/cnidaria`, "gc", "--json", "--wait", "0", ...options];
  return JSON.parse(await node.namespace.must(argv, { env: target.environment(node) }));
}

const outcomes = (lines: readonly Line[]) => lines.map(({ what, outcome }) => `${outcome}: ${what}`).sort();

/** The target as another container runtime calls it. */
function calledBy(target: Target, runtime: string): Target {
  return { ...target, environment: (node) => ({ ...target.environment(node), CNIDARIA_RUNTIME: runtime }) };
}

async function attachPod(target: Target, node: Node, config: Config): Promise<{ pod: Namespace; at: Attachment }> {
  const pod = await node.pod();
  const at = attachment(pod);
  await succeed(target, node, "ADD", config, at);
  return { pod, at };
}

/** A namespace goes without a DEL; its veth goes a moment later, when the kernel comes to it. */
async function lose(node: Node, ...pods: readonly Namespace[]): Promise<void> {
  const veths = async () => (await node.namespace.ipJson<unknown[]>("link show type veth")).length;
  const left = await veths() - pods.length;
  for (const pod of pods) await pod.delete();
  while (await veths() > left) await pause();
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

/** What the kernel and the state hold for a pod: its veth, its element, its lease. */
async function held(target: Target, node: Node): Promise<string[]> {
  const links = await node.namespace.ipJson<{ ifname: string }[]>("link show type veth");
  const ruleset = await node.namespace.must(["nft", "list", "ruleset"]);
  const elements = [...ruleset.matchAll(/(10\.22\.0\.\d+) : jump/g)].map(([, address]) => `masquerade ${address}`);
  const leases = (await heldAddresses(target, node)).map((address) => `lease ${address}`);
  return [...links.map(() => "veth"), ...elements.sort(), ...leases];
}

eachEngine("GC removes what is not valid, and leaves what is", async (target, node) => {
  const config = network(node);
  const first = await attachPod(target, node, config);
  const second = await attachPod(target, node, config);
  await collect(target, node, config, [second.at]);
  assertEquals(await addresses(first.pod, "eth0"), []);
  assertEquals(await second.pod.ping("10.22.0.1"), true);
  assertEquals(await held(target, node), ["veth", "masquerade 10.22.0.3", "lease 10.22.0.3"]);
  await collect(target, node, config, []);
  assertEquals(await held(target, node), []);
});

eachEngine("GC with disableGC does nothing", async (target, node) => {
  const config = network(node);
  const { pod } = await attachPod(target, node, config);
  for (const disableGC of [true, "true"]) await collect(target, node, { ...config, disableGC }, []);
  assertEquals(await pod.ping("10.22.0.1"), true);
  assertEquals(await held(target, node), ["veth", "masquerade 10.22.0.2", "lease 10.22.0.2"]);
});

eachEngine("GC of one runtime leaves the attachments and leases of another alone", async (target, node) => {
  const config = network(node);
  const [a, b] = [calledBy(target, "a"), calledBy(target, "b")];
  const ofA = await attachPod(a, node, config);
  await attachPod(b, node, config);
  await collect(b, node, config, []);
  assertEquals(await ofA.pod.ping("10.22.0.1"), true);
  assertEquals(await held(target, node), ["veth", "masquerade 10.22.0.2", "lease 10.22.0.2"]);
  await collect(a, node, config, []);
  assertEquals(await held(target, node), []);
});

eachEngine("GC leaves an ADD alone that is under way, and so does cnidaria gc", async (target, node) => {
  const folder = `${node.directory}/slow`;
  await Deno.mkdir(folder);
  const wait = `touch $0.started; while [ ! -e $0.go ]; do sleep 0.05; done`;
  const answer = `sed 's/.*"prevResult"://; s/}}$/}/' "$0.in"`;
  await Deno.writeTextFile(
    `${folder}/slow`,
    `#!/bin/sh\n[ $CNI_COMMAND = ADD ] || exit 0\ncat > "$0.in"; ${wait}; ${answer}\n`,
    { mode: 0o755 },
  );
  const { type: _, name, cniVersion, ...bridge } = network(node);
  const config: Config = {
    cniVersion,
    name,
    type: "cnidaria",
    plugins: [{ type: "bridge", ...bridge }, { type: "slow" }],
  };
  const pod = await node.pod();
  const adding = succeed(target, node, "ADD", config, attachment(pod), { extraPath: folder });
  while (!await Deno.stat(`${folder}/slow.started`).then(() => true, () => false)) {
    await pause();
  }
  const during = await held(target, node);
  await collect(target, node, network(node), []);
  await collect(target, node, { ...config, plugins: [{ type: "bridge", ...bridge }] }, []);
  assertEquals(await gc(target, node), []);
  assertEquals(await held(target, node), during);
  await Deno.writeTextFile(`${folder}/slow.go`, "");
  await adding;
  assertEquals(await held(target, node), ["veth", "masquerade 10.22.0.2", "lease 10.22.0.2"]);
  assertEquals(await pod.ping("10.22.0.1"), true);
});

eachEngine(
  "cnidaria gc removes an attachment whose namespace went without a DEL, and says so",
  async (target, node) => {
    const config = network(node);
    const kept = await attachPod(target, node, config);
    const before = await dumpState(node.namespace, EXCEPT);
    const gone = await attachPod(target, node, config);
    await lose(node, gone.pod);
    const [found, ...others] = await gc(target, node, "--dry-run");
    assertEquals([found?.outcome, others], ["would be removed", []]);
    assertEquals(await heldAddresses(target, node), ["10.22.0.2", "10.22.0.3"], "a dry run changes nothing");
    assertEquals(await gc(target, node, "--network", "other"), []);
    const [removed] = await gc(target, node, "--network", "blue");
    assertEquals(removed?.what, `attachment blue/${gone.at.containerId}/eth0 by plugin bridge`);
    assertEquals([removed?.outcome, removed?.why], ["removed", `its network namespace ${gone.pod.path} is gone`]);
    assertEquals(await dumpState(node.namespace, EXCEPT), before);
    assertEquals(await kept.pod.ping("10.22.0.1"), true);
    assertEquals(await gc(target, node), []);
  },
);

eachEngine(
  "cnidaria gc works from the ledger where neither component nor configuration is left",
  async (target, node) => {
    const { pod } = await attachPod(target, node, network(node));
    await lose(node, pod);
    const bare = { ...target, environment: () => ({ ...target.environment(node), CNIDARIA_LIB: node.directory }) };
    assertEquals((await gc(bare, node)).map(({ outcome }) => outcome), ["removed"]);
    assertEquals(await held(target, node), []);
  },
);

eachEngine("cnidaria gc leaves a pod alone whose namespace lives on without its path", async (target, node) => {
  const { pod } = await attachPod(target, node, network(node));
  const process = pod.start(["sleep", "60"]);
  // Until it is inside: the path goes, the process stays.
  while (
    (await node.namespace.run(["nsenter", `--net=/proc/${process.pid}/ns/net`, "ip", "link", "show", "eth0"])).code
  ) {
    await pause();
  }
  await pod.delete();
  const [kept, ...others] = await gc(target, node);
  assertEquals([kept?.outcome, others], ["kept", []]);
  assert(kept?.why.includes("its link veth"), kept?.why);
  assertEquals(await held(target, node), ["veth", "masquerade 10.22.0.2", "lease 10.22.0.2"]);
  process.kill("SIGKILL");
  await process.output();
  while ((await held(target, node)).includes("veth")) await pause();
  assertEquals((await gc(target, node)).map(({ outcome }) => outcome), ["removed"]);
  assertEquals(await held(target, node), []);
});

eachEngine("two cnidaria gc at once, with a DEL beside them, remove each thing once", async (target, node) => {
  const config = network(node);
  const pods = [];
  for (let at = 0; at < 3; at++) pods.push(await attachPod(target, node, config));
  await lose(node, ...pods.map(({ pod }) => pod));
  const { at } = pods[0]!;
  const [one, two] = await Promise.all([
    gc(target, node),
    gc(target, node),
    succeed(target, node, "DEL", config, { ...at, netns: pods[0]!.pod.path }),
  ]);
  assertEquals([...one, ...two].filter(({ outcome }) => outcome === "failed"), []);
  for (const { at } of pods.slice(1)) {
    const removals = [...one, ...two].filter(({ what, outcome }) =>
      what.includes(at.containerId) && outcome === "removed"
    );
    assertEquals(removals.length, 1, JSON.stringify([one, two]));
  }
  assertEquals(await held(target, node), []);
  assertEquals([...Deno.readDirSync(`${node.stateDirectory}/journal`)], []);
});

/** What a reboot does: the state is of an earlier boot, and the kernel has nothing of it. */
async function reboot(node: Node, pods: readonly Namespace[]): Promise<void> {
  await lose(node, ...pods);
  await node.namespace.ip("link delete cni0");
  await node.namespace.must(["nft", "flush", "ruleset"]);
  const database = new DatabaseSync(`${node.stateDirectory}/cnidaria.db`);
  database.exec("UPDATE attachments SET boot_id = 'earlier'; UPDATE leases SET boot_id = 'earlier'");
  database.close();
}

eachEngine("after a reboot a pool is not exhausted by what was leased before it", async (target, node) => {
  const config = network(node);
  const pods = [];
  for (let at = 0; at < 3; at++) pods.push((await attachPod(target, node, config)).pod);
  await fail(target, node, "ADD", config, attachment(await node.pod()));
  await fail(target, node, "STATUS", config, attachment(node.namespace));
  await reboot(node, pods);
  await succeed(target, node, "STATUS", config, attachment(node.namespace));
  const { pod } = await attachPod(target, node, config);
  assertEquals(await pod.ping("10.22.0.1"), true);
  assertEquals((await heldAddresses(target, node)).length, 1);
  const lines = await gc(target, node);
  assertEquals(
    lines.map(({ outcome, why }) => `${outcome}: ${why}`),
    [1, 2, 3].map(() => "removed: it was made before the node's last boot"),
  );
  assertEquals(await pod.ping("10.22.0.1"), true, "the one of this boot stays, with the address of an earlier one");
  const [lease] = await heldAddresses(target, node);
  assertEquals(await held(target, node), ["veth", `masquerade ${lease}`, `lease ${lease}`]);
});

eachEngine("after a reboot GC and cnidaria gc free what was leased before it, row or no row", async (target, node) => {
  const config = network(node);
  const pods = [(await attachPod(target, node, config)).pod, (await attachPod(target, node, config)).pod];
  await reboot(node, pods);
  const database = new DatabaseSync(`${node.stateDirectory}/cnidaria.db`);
  database.exec("DELETE FROM attachments WHERE container_id = (SELECT max(container_id) FROM attachments)");
  database.close();
  assertEquals(
    outcomes(await gc(target, node, "--dry-run")).map((line) => line.replace(/[\w-]*\d+\/eth0| by .*/g, "")),
    [
      "would be removed: attachment blue/",
      "would be removed: lease of 10.22.0.3 in network blue",
      "would be removed: masquerade of 10.22.0.3",
    ],
  );
  await collect(target, node, config, []);
  assertEquals(await held(target, node), []);
  assertEquals(await gc(target, node), []);
});

eachEngine(
  "GC and cnidaria gc undo what a killed process left, and what the kernel has for nobody",
  async (target, node) => {
    const config = network(node);
    const { pod } = await attachPod(target, node, config);
    const before = await held(target, node);
    const stray = "add element inet cnidaria masquerade4 { 10.99.0.1 : accept }";
    for (const how of [() => gc(target, node), () => collect(target, node, config, [])]) {
      await node.namespace.must(["nft", stray]);
      const database = new DatabaseSync(`${node.stateDirectory}/cnidaria.db`);
      database.exec(`INSERT INTO notes VALUES ('blue', 'nobody', 'eth0', 'k', 'v');
      INSERT INTO firewall_elements VALUES ('masquerade', '10.99.0.2', 'blue', 'nobody', 'eth0', '')`);
      const count = () => database.prepare("SELECT count(*) AS n FROM notes, firewall_elements").get()?.n;
      await how();
      assertEquals([(await node.namespace.must(["nft", "list", "ruleset"])).includes("10.99."), count()], [false, 0]);
      database.close();
      if (await pod.ping("10.22.0.1")) assertEquals(await held(target, node), before);
    }
  },
);
