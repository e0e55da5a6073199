// bridge + portmap + bandwidth + tuning + firewall under libcni: a list of processes, and one in-process chain, end in
// the same state of the kernel, and both leave nothing.

import { assert, assertEquals } from "@std/assert";
import type { Target } from "../lab/cni_call.ts";
import { CNITOOL, programMissing, programPath } from "../lab/go_program.ts";
import type { Namespace } from "../lab/namespace.ts";
import { Node } from "../lab/node.ts";
import { dumpState } from "../lab/state.ts";
import { eachEngine } from "./each_target.ts";
import { VERSION } from "./networks.ts";
import { inOneProcess, RUNTIME_CONFIG, standardPlugins } from "./standard_chain.ts";

eachEngine("a chain in one process ends as the list of processes does, and leaves nothing", async (target, node) => {
  await using other = await Node.create();
  const separate = await attached(target, node, standardPlugins(node));
  const chained = await attached(target, other, [inOneProcess(other)]);
  for (const words of ["8080", "5353", "tbf", "@confined", "10.22.0.2", "somaxconn 512"]) {
    assert(separate.during.some((line) => line.includes(words)), `${words} is not in\n${separate.during.join("\n")}`);
  }
  assertEquals(chained.during, separate.during);
  // The bridge stays, for the next pod.
  const left = [...separate.after, ...chained.after].filter((line) => !line.includes("cni0"));
  assertEquals(left, []);
}, programMissing(CNITOOL));

const LOCALNET = "net/ipv4/conf/cni0/route_localnet";

/** What an ADD, a CHECK and a DEL by cnitool leave: lines that were not there before. */
async function attached(target: Target, node: Node, plugins: readonly Record<string, unknown>[]) {
  const pod = await node.pod();
  const directory = `${node.directory}/net.d`;
  await Deno.mkdir(directory);
  await Deno.writeTextFile(
    `${directory}/10-blue.conflist`,
    JSON.stringify({ cniVersion: VERSION, name: "blue", plugins }),
  );
  const env = {
    ...target.environment(node),
    CNI_PATH: target.directory,
    NETCONFPATH: directory,
    CNI_IFNAME: "eth0",
    CNI_CONTAINERID: "chained",
    CAP_ARGS: JSON.stringify(RUNTIME_CONFIG),
  };
  // Without a PATH there is no program that a plugin could start.
  const cnitool = (command: string) =>
    node.namespace.must(["env", "PATH=/nonexistent", programPath(CNITOOL), command, "blue", pod.path], { env });
  const before = await kernelState(node, pod);
  await cnitool("add");
  const during = await kernelState(node, pod);
  assertEquals(await valuesOf(node.namespace, LOCALNET), [`${LOCALNET} 1`]);
  await cnitool("check");
  await cnitool("del");
  const after = await kernelState(node, pod);
  assertEquals(await valuesOf(node.namespace, LOCALNET), [`${LOCALNET} 0`]);
  const left = [...added(before, after), ...added(after, before).map((line) => `gone: ${line}`)];
  return { during: withPlainNames(added(before, during)), after: withPlainNames(left) };
}

async function kernelState(node: Node, pod: Namespace): Promise<string[]> {
  const host = await dumpState(node.namespace, { exceptParameters: true });
  const inside = await dumpState(pod);
  return [
    ...[...host, ...await filters(node.namespace, host)].map((line) => `host ${line}`),
    ...[...inside, ...await filters(pod, inside)].map((line) => `pod ${line}`),
    ...await valuesOf(pod, "net/core/somaxconn", "net/ipv4/conf/eth0/arp_notify"),
  ];
}

/** `net/core/somaxconn 512`; none where the link is not there. */
async function valuesOf(namespace: Namespace, ...keys: readonly string[]): Promise<string[]> {
  const values = await Promise.all(keys.map((key) => namespace.run(["cat", `/proc/sys/${key}`])));
  return values.flatMap(({ code, stdout }, at) => code === 0 ? [`${keys[at]} ${stdout.trim()}`] : []);
}

/** The filters of links whose incoming packets have some. */
async function filters(namespace: Namespace, state: readonly string[]): Promise<string[]> {
  const links = state.flatMap((line) => /^qdisc: qdisc ingress .* dev (\S+)/.exec(line)?.[1] ?? []);
  const found = await Promise.all(
    links.map((link) => namespace.must(["tc", "filter", "show", "dev", link, "ingress"])),
  );
  return found.join("\n").split("\n").map((line) => line.trim()).filter((line) => line !== "");
}

function added(before: readonly string[], now: readonly string[]): string[] {
  const known = new Set(before);
  return now.filter((line) => !known.has(line));
}

/** Names, MACs and link-local addresses that each run chooses, by the order in which they come. */
function withPlainNames(lines: readonly string[]): string[] {
  const names = new Map<string, string>();
  const plain = (name: string) => names.get(name) ?? names.set(name, `name-${names.size}`).get(name)!;
  return lines.map((line) =>
    line
      .replaceAll(/\b(veth[0-9a-f]{8}|bw[a-z0-9]{6,13}|([0-9a-f]{2}:){5}[0-9a-f]{2})\b/g, plain)
      .replaceAll(/fe80::[0-9a-f:]+/g, "fe80::link")
      .replaceAll(
        /\b(port_no|parentbus|parentdev|designated_\w+|bridge_id|root_port|netnsid|link-netns(id)?|promiscuity|gso_\w+|tso_\w+) \S+/g,
        "$1",
      )
  );
}
