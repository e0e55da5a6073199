// Drift: someone takes something from a pod's network. CHECK names it, `cnidaria repair` makes it again, and the pod
// reaches its gateway.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Attachment, type Config, fail, succeed, type Target } from "../lab/cni_call.ts";
import type { Namespace } from "../lab/namespace.ts";
import type { Node } from "../lab/node.ts";
import { dumpState } from "../lab/state.ts";
import { eachEngine, eachWay } from "./each_target.ts";
import { attachment, bridgeNetwork, hostLocal, VERSION } from "./networks.ts";

interface Repaired {
  readonly outcome: string;
  readonly differences: { text: string; repaired: boolean; reason?: string }[];
}

async function repair(target: Target, node: Node, ...args: string[]): Promise<{ code: number; results: Repaired[] }> {
  const argv = [`${target.directory}/cnidaria`, "repair", "--json", ...args];
  const { code, stdout, stderr } = await node.namespace.run(argv, { env: target.environment(node) });
  assert(stdout !== "", stderr);
  return { code, results: JSON.parse(stdout) };
}

/** The node's end of the pod's veth pair. */
async function port(node: Node): Promise<string> {
  const links = await node.namespace.ipJson<{ ifname: string }[]>("link show type veth");
  return links[0]!.ifname;
}

interface Drift {
  readonly name: string;
  readonly network: "bridge" | "ptp";
  /** Commands in the pod and on the node; VETH stands for the node's end of the pod's pair. */
  readonly pod?: string;
  readonly node?: string;
  /** What CHECK says. */
  readonly words: readonly string[];
}

const DRIFTS: readonly Drift[] = [
  {
    name: "our table deleted",
    network: "bridge",
    node: "nft delete table inet cnidaria",
    words: ["masquerade of 10.22.0.2 is gone from the packet filter"],
  },
  {
    name: "our table flushed, which leaves its elements",
    network: "bridge",
    node: "nft flush table inet cnidaria",
    words: ["masquerade of 10.22.0.2 is gone from the packet filter", "masquerade of fd00:22::2 is gone"],
  },
  {
    name: "the masquerade's element removed",
    network: "ptp",
    node: "nft delete element inet cnidaria masquerade4 { 10.22.0.2 }",
    words: ["1 difference", "masquerade of 10.22.0.2 is gone from the packet filter"],
  },
  {
    name: "the MAC check removed",
    network: "bridge",
    node: "nft flush chain bridge cnidaria prerouting",
    words: ["1 difference", "MAC check of VETH is gone"],
  },
  {
    name: "everything of nftables flushed",
    network: "bridge",
    node: "nft flush ruleset",
    words: ["MAC check of VETH is gone", "masquerade of 10.22.0.2 is gone", "masquerade of fd00:22::2 is gone"],
  },
  {
    name: "the pod's addresses removed",
    network: "bridge",
    pod: "ip address flush dev eth0",
    words: [
      "address 10.22.0.2/24 of eth0 (container) is gone",
      "address fd00:22::2/64 of eth0 (container) is gone",
      "route to 0.0.0.0/0 via 10.22.0.1 (container) is gone",
    ],
  },
  {
    name: "the pod's address removed, whose subnet's route ptp had replaced",
    network: "ptp",
    pod: "ip address del 10.22.0.2/24 dev eth0",
    words: ["address 10.22.0.2/24 of eth0 (container) is gone", "route to 10.22.0.0/24 via 10.22.0.1 (container)"],
  },
  {
    name: "the pod's default route removed",
    network: "bridge",
    pod: "ip route del default; ip -6 route del default",
    words: ["2 differences", "route to 0.0.0.0/0 via 10.22.0.1 (container) is gone", "route to ::/0 via fd00:22::1"],
  },
  {
    name: "the host's route to the pod removed",
    network: "ptp",
    node: "ip route del 10.22.0.2",
    words: ["1 difference", "route to 10.22.0.2/32 on VETH (host) is gone"],
  },
  {
    name: "the bridge's gateway address removed",
    network: "bridge",
    node: "ip address del 10.22.0.1/24 dev cni0",
    words: ["1 difference", "address 10.22.0.1/24 of cni0 (host) is gone"],
  },
  {
    name: "forwarding switched off",
    network: "bridge",
    node: "sysctl -qw net.ipv4.ip_forward=0",
    words: ["1 difference", "net/ipv4/ip_forward (host) is 0, not 1"],
  },
  {
    name: "the MTU changed",
    network: "bridge",
    pod: "ip link set eth0 mtu 1280",
    words: ["1 difference", "MTU of eth0 (container) is 1280, not 1400"],
  },
  {
    name: "the port taken out of the bridge",
    network: "bridge",
    node: "ip link set VETH nomaster",
    words: ["VETH (host) is a port of no bridge, not of cni0", "hairpin mode of VETH (host) is off, not on"],
  },
  {
    name: "the pod's link set down",
    network: "bridge",
    pod: "ip link set eth0 down",
    words: ["eth0 (container) is down", "route to 0.0.0.0/0 via 10.22.0.1 (container) is gone"],
  },
  {
    name: "the pod's link set down, and up again",
    network: "ptp",
    pod: "ip link set eth0 down; ip link set eth0 up",
    words: ["route to 10.22.0.0/24 on eth0 (container) is there again"],
  },
  { name: "the port set down", network: "bridge", node: "ip link set VETH down", words: ["VETH (host) is down"] },
  { name: "the bridge set down", network: "bridge", node: "ip link set cni0 down", words: ["cni0 (host) is down"] },
  {
    name: "the bridge deleted",
    network: "bridge",
    node: "ip link del cni0",
    words: ["link cni0 (host) is gone", "VETH (host) is a port of no bridge", "address 10.22.0.1/24 of cni0 (host)"],
  },
  {
    name: "IPv6 switched off in the pod",
    network: "bridge",
    pod: "sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1",
    words: ["net/ipv6/conf/eth0/disable_ipv6 (container) is 1, not 0", "address fd00:22::2/64 of eth0"],
  },
];

function networkOf(drift: Pick<Drift, "network">, node: Node): Config {
  const ipam = hostLocal(node, ["10.22.0.0/24", "fd00:22::/64"]);
  if (drift.network === "ptp") return { cniVersion: VERSION, name: "blue", type: "ptp", ipMasq: true, ipam };
  return bridgeNetwork(node, { ipam, ipMasq: true, mtu: 1400, hairpinMode: true, macspoofchk: true });
}

async function damage(drift: Drift, node: Node, pod: Namespace, veth: string): Promise<void> {
  if (drift.pod !== undefined) await pod.must(["sh", "-ec", drift.pod]);
  if (drift.node !== undefined) await node.namespace.must(["sh", "-ec", drift.node.replaceAll("VETH", veth)]);
}

for (const drift of DRIFTS) {
  eachWay(`drift of ${drift.network}: ${drift.name}`, async (target, node) => {
    const pod = await node.pod();
    const at = attachment(pod);
    const network = networkOf(drift, node);
    const empty = await dumpState(pod, { exceptParameters: true });
    const prevResult = await succeed(target, node, "ADD", network, at);
    await succeed(target, node, "CHECK", { ...network, prevResult }, at);
    const veth = await port(node);
    await damage(drift, node, pod, veth);
    const error = await fail(target, node, "CHECK", { ...network, prevResult }, at);
    assertEquals(error.code, 100, error.msg);
    for (const words of drift.words) assertStringIncludes(error.details ?? "", withoutCount(words, veth));
    if (drift.words[0]!.includes("difference")) assertStringIncludes(error.msg, drift.words[0]!);
    const dry = await repair(target, node, "--dry-run");
    assertEquals([dry.code, dry.results[0]?.outcome], [1, "remains"]);
    const { code, results } = await repair(target, node, at.containerId);
    assertEquals([code, results[0]?.outcome], [0, "repaired"], JSON.stringify(results));
    await succeed(target, node, "CHECK", { ...network, prevResult }, at);
    assert(await pod.ping("10.22.0.1"), "the gateway does not answer");
    assert(await pod.ping("fd00:22::1"), "the IPv6 gateway does not answer");
    const again = await repair(target, node);
    assertEquals(again, { code: 0, results: [{ ...again.results[0]!, outcome: "intact", differences: [] }] });
    await succeed(target, node, "DEL", network, at);
    assertEquals(await dumpState(pod, { exceptParameters: true }), empty);
  });
}

function withoutCount(words: string, veth: string): string {
  return /^\d+ differences?$/.test(words) ? "" : words.replaceAll("VETH", veth);
}

eachEngine("CHECK of two pods passes whichever comes and goes", async (target, node) => {
  const network = networkOf({ network: "bridge" }, node);
  const pods: { at: Attachment; prevResult: unknown }[] = [];
  const add = async () => {
    const at = attachment(await node.pod());
    pods.push({ at, prevResult: await succeed(target, node, "ADD", network, at) });
  };
  const checkAll = async () => {
    for (const { at, prevResult } of pods) await succeed(target, node, "CHECK", { ...network, prevResult }, at);
    const { code, results } = await repair(target, node);
    assertEquals([code, results.map(({ outcome }) => outcome)], [0, pods.map(() => "intact")]);
  };
  await add();
  await add();
  await checkAll();
  await succeed(target, node, "DEL", network, pods.shift()!.at);
  await checkAll();
  await add();
  await checkAll();
});

eachEngine(
  "the gateway is repaired for the pods that are left when the pod that made it is gone",
  async (target, node) => {
    const network = networkOf({ network: "bridge" }, node);
    const [first, second] = [attachment(await node.pod()), attachment(await node.pod())];
    await succeed(target, node, "ADD", network, first);
    const prevResult = await succeed(target, node, "ADD", network, second);
    await succeed(target, node, "DEL", network, first);
    await node.namespace.ip("link del cni0");
    assertEquals((await repair(target, node)).code, 0);
    await succeed(target, node, "CHECK", { ...network, prevResult }, second);
    assert(await (second.netns as Namespace).ping("10.22.0.1"), "the gateway does not answer");
  },
);

eachEngine("a pod whose link is gone has to be made anew, and the rest is repaired", async (target, node) => {
  const pod = await node.pod();
  const at = attachment(pod);
  const network = networkOf({ network: "bridge" }, node);
  await succeed(target, node, "ADD", network, at);
  await pod.ip("link del eth0");
  await node.namespace.must(["nft", "flush", "ruleset"]);
  const { code, results: [result] } = await repair(target, node);
  assertEquals([code, result?.outcome], [1, "remains"]);
  const link = result?.differences.find(({ text }) => text === "link eth0 (container) is gone");
  assertStringIncludes(link?.reason ?? "", "delete the pod, so that it is made anew");
  const masquerade = result?.differences.find(({ text }) => text.startsWith("masquerade of 10.22.0.2"));
  assertEquals(masquerade?.repaired, true, JSON.stringify(result));
  await succeed(target, node, "DEL", network, at);
});

eachEngine("repair leaves another's route in its place, and says so", async (target, node) => {
  const pod = await node.pod();
  const network = networkOf({ network: "bridge" }, node);
  await succeed(target, node, "ADD", network, attachment(pod));
  await pod.ip("route replace default via 10.22.0.9 dev eth0");
  const { code, results: [result] } = await repair(target, node);
  const [difference] = result?.differences ?? [];
  assertEquals([code, result?.differences.length], [1, 1]);
  assertEquals(
    difference?.text,
    "route to 0.0.0.0/0 via 10.22.0.1 (container) goes another way: via 10.22.0.9, by eth0 (container)",
  );
  assertStringIncludes(difference?.reason ?? "", "EEXIST");
  assertStringIncludes(await pod.ip("route show default"), "via 10.22.0.9");
});

eachEngine("repair leaves dead attachments to gc, and names them", async (target, node) => {
  const pod = await node.pod();
  await succeed(target, node, "ADD", networkOf({ network: "bridge" }, node), attachment(pod));
  await pod.delete();
  const { code, results } = await repair(target, node);
  assertEquals([code, results.map(({ outcome }) => outcome)], [0, ["dead"]]);
});
