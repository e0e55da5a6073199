// For tests: a node in a namespace of its own, with a link to the other nodes, and plans such as the backends make.

import type { Family, PeerPlan } from "cnidaria:cni/controller@0.3.0";
import type { TestContext } from "../test_context.ts";
import { ChecksumOffload } from "./checksum_offload.ts";
import { Overlay } from "./overlay.ts";
import type { NodeNeeds } from "./scope.ts";

export const UNDERLAY = "up0";
export const MAC = "02:aa:00:00:00:01";

/** Runs `ip` and the like in the node's namespace, a line each. */
export function run(context: TestContext, ...lines: string[]): void {
  for (const line of lines) {
    const { success, stderr } = new Deno.Command("nsenter", { args: [`--net=${context.path}`, ...line.split(" ")] })
      .outputSync();
    if (!success) throw new Error(`${line}: ${new TextDecoder().decode(stderr)}`);
  }
}

/** The link between the nodes, and an overlay that has nothing to do yet. */
export function makeNode(context: TestContext): { overlay: Overlay; close(): void } {
  run(
    context,
    "ip link set lo up",
    `ip link add ${UNDERLAY} type bridge`,
    `ip link set ${UNDERLAY} up`,
    `ip address add 192.168.7.1/24 dev ${UNDERLAY}`,
    `ip address add fd00:7::1/64 dev ${UNDERLAY} nodad`,
  );
  const offload = new ChecksumOffload(context.namespace("container"));
  return { overlay: new Overlay(context.netlink("container"), offload), close: () => offload.close() };
}

/** This node, with VXLAN. */
export function vxlanNode(family: Family = "ipv4", changes: Partial<NonNullable<NodeNeeds["device"]>> = {}): NodeNeeds {
  const v4 = family === "ipv4";
  const device = {
    name: v4 ? "flannel.1" : "flannel-v6.1",
    vni: 1,
    port: 8472,
    local: v4 ? "192.168.7.1" : "fd00:7::1",
    parent: UNDERLAY,
    mtu: v4 ? 1450 : 1430,
    mac: v4 ? MAC : "02:aa:00:00:00:06",
    learning: false,
    gbp: false,
    ...changes,
  };
  return {
    device,
    addresses: [{ link: device.name, cidr: v4 ? "10.244.0.0/32" : "fd00:244::/128" }],
    podMtu: device.mtu,
    backendData: "",
    network: v4 ? "10.0.0.0/8" : "fd00:244::/32",
    subnet: v4 ? "10.244.0.0/24" : "fd00:244::/64",
    underlay: UNDERLAY,
  };
}

/** This node, with host-gw. */
export function directNode(family: Family = "ipv4"): NodeNeeds {
  const { device: _device, ...rest } = vxlanNode(family);
  return { ...rest, addresses: [] };
}

/** A peer, reached through the tunnel. @param number 1 to 60,000 */
export function tunnelPeer(number: number, family: Family = "ipv4", remote = number): PeerPlan {
  const link = vxlanNode(family).device!.name;
  const [gateway, dst] = family === "ipv4"
    ? [subnetOf(number), `${subnetOf(number)}/24`]
    : [`fd00:244:0:${number.toString(16)}::`, `fd00:244:0:${number.toString(16)}::/64`];
  const host = family === "ipv4" ? `192.168.${remote >> 8 & 255}.${remote & 255}` : `fd00:7::${remote.toString(16)}`;
  const mac = `02:bb:${[24, 16, 8, 0].map((bits) => (remote >> bits & 255).toString(16).padStart(2, "0")).join(":")}`;
  return {
    routes: [{ dst, gateway, link, onlink: true }],
    neighbors: [{ address: gateway, mac, link }],
    fdb: [{ mac, dst: host, link }],
  };
}

/** A peer on the same link. */
export function directPeer(number: number, family: Family = "ipv4", remote = number): PeerPlan {
  const { routes } = tunnelPeer(number, family);
  const gateway = family === "ipv4" ? `192.168.7.${remote}` : `fd00:7::${remote.toString(16)}`;
  return { routes: [{ ...routes[0]!, gateway, link: UNDERLAY, onlink: false }], neighbors: [], fdb: [] };
}

function subnetOf(number: number): string {
  return `10.${244 + (number >> 8) & 255}.${number & 255}.0`;
}
