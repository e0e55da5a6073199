// A node that has mapped many ports already: for pods that have addresses, and no more.

import { createHash } from "node:crypto";
import type { Attachment, Config } from "../lab/cni_call.ts";
import { VERSION } from "../e2e/networks.ts";
import type { Lane } from "./lane.ts";

/** What is measured leads here. */
export const HOST_PORT = 60_000;
export const CONTAINER_PORT = 4242;
const FIRST = 20_000;
const PER_POD = 100;

export function portmap(ports: readonly number[], prevResult: unknown): Config {
  const portMappings = ports.map((hostPort) => ({ hostPort, containerPort: CONTAINER_PORT, protocol: "tcp" }));
  return { cniVersion: VERSION, name: "blue", type: "portmap", runtimeConfig: { portMappings }, prevResult };
}

/**
 * Maps ports up to `count`, from `held` on. Ours by ADDs of 100 ports each; of Debian's, whose ADDs take longer the more
 * there are, by one batch of the rules that its ADD of one port makes.
 */
export async function holdPorts(lane: Lane, held: number, count: number): Promise<void> {
  if (count <= held) return;
  if (lane.contestant.filter !== "cnidaria") return await restore(lane, held, count);
  const netns = await lane.node.pod();
  for (let at = held; at < count; at += PER_POD) {
    const ports = Array.from({ length: Math.min(PER_POD, count - at) }, (_, index) => FIRST + at + index);
    const one: Attachment = { containerId: `held-${at}`, ifname: "eth0", netns };
    await lane.call("ADD", portmap(ports, resultOf(at, netns.path)), one);
  }
}

function resultOf(at: number, sandbox: string) {
  const address = `10.22.${128 + (at >> 8 & 127)}.${at & 255}/16`;
  return { cniVersion: VERSION, interfaces: [{ name: "eth0", sandbox }], ips: [{ address, interface: 0 }] };
}

async function restore({ node: { namespace } }: Lane, held: number, count: number): Promise<void> {
  const lines: string[] = [];
  for (let at = held; at < count; at++) {
    const chain = `CNI-DN-${createHash("sha512").update(`blueheld-${at}`).digest("hex").slice(0, 21)}`;
    const [port, address] = [FIRST + at, `10.22.${128 + (at >> 8 & 127)}.${at & 255}`];
    const match = `-p tcp -m tcp --dport ${port}`;
    const comment = `-m comment --comment "dnat name: \\"blue\\" id: \\"held-${at}\\""`;
    lines.push(
      `-A CNI-HOSTPORT-DNAT -p tcp ${comment} -m multiport --dports ${port} -j ${chain}`,
      `-A ${chain} -s ${address}/16 ${match} -j CNI-HOSTPORT-SETMARK`,
      `-A ${chain} -s 127.0.0.1/32 ${match} -j CNI-HOSTPORT-SETMARK`,
      `-A ${chain} ${match} -j DNAT --to-destination ${address}:${CONTAINER_PORT}`,
    );
    lines.unshift(`:${chain} - [0:0]`);
  }
  const input = ["*nat", ...lines, "COMMIT", ""].join("\n");
  await namespace.must(["iptables-restore", "--noflush"], { input, limit: 300_000 });
}
