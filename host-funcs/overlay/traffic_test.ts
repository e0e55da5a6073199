// Two nodes, each with its overlay: their pods reach each other.

import type { Family } from "cnidaria:cni/controller@0.3.0";
import { assert, assertEquals } from "@std/assert";
import { networkTest, TestContext } from "../test_context.ts";
import { ChecksumOffload } from "./checksum_offload.ts";
import { Overlay } from "./overlay.ts";
import type { NodeNeeds } from "./scope.ts";
import { directNode, run, UNDERLAY, vxlanNode } from "./testing.ts";

interface Side {
  readonly context: TestContext;
  readonly number: 1 | 2;
}

function addressesOf(family: Family, number: number) {
  return family === "ipv4"
    ? { host: `192.168.7.${number}`, subnet: `10.244.${number}.0`, length: 24, pod: `10.244.${number}.5` }
    : { host: `fd00:7::${number}`, subnet: `fd00:244:0:${number}::`, length: 64, pod: `fd00:244:0:${number}::5` };
}

/** The link between the nodes; each node's pod is an address of its loopback link. */
function connect(sides: readonly [Side, Side]): void {
  const [one, two] = sides;
  run(one.context, `ip link add ${UNDERLAY} type veth peer name ${UNDERLAY} netns ${two.context.path}`);
  for (const { context, number } of sides) {
    run(context, "ip link set lo up", `ip link set ${UNDERLAY} up`);
    for (const family of ["ipv4", "ipv6"] as const) {
      const { host, pod, length } = addressesOf(family, number);
      run(context, `ip address add ${host}/${length} dev ${UNDERLAY} nodad`, `ip address add ${pod} dev lo nodad`);
    }
  }
}

function macOf(family: Family, number: number): string {
  return `02:aa:00:00:0${family === "ipv4" ? 4 : 6}:0${number}`;
}

function needsOf(family: Family, number: number, direct: boolean): NodeNeeds {
  const { host, subnet, length } = addressesOf(family, number);
  const needs = direct ? directNode(family) : vxlanNode(family, { local: host, mac: macOf(family, number) });
  const addresses = needs.addresses.map((address) => ({
    ...address,
    cidr: `${subnet}/${family === "ipv4" ? 32 : 128}`,
  }));
  return { ...needs, subnet: `${subnet}/${length}`, addresses };
}

function planOf(family: Family, number: number, direct: boolean) {
  const { host, subnet, length } = addressesOf(family, number);
  const dst = `${subnet}/${length}`;
  if (direct) {
    return { routes: [{ dst, gateway: host, link: UNDERLAY, onlink: false }], neighbors: [], fdb: [] };
  }
  const [link, mac] = [vxlanNode(family).device!.name, macOf(family, number)];
  return {
    routes: [{ dst, gateway: subnet, link, onlink: true }],
    neighbors: [{ address: subnet, mac, link }],
    fdb: [{ mac, dst: host, link }],
  };
}

/** From pod to pod. @param wait seconds: short where no answer is expected */
function pings(from: Side, to: Side, family: Family, bytes: number, wait = 3): boolean {
  const [source, target] = [addressesOf(family, from.number).pod, addressesOf(family, to.number).pod];
  const args = [`--net=${from.context.path}`, "ping", "-c1", `-W${wait}`, "-Mdo", `-s${bytes}`, "-I", source, target];
  return new Deno.Command("nsenter", { args, stdout: "null", stderr: "null" }).outputSync().success;
}

for (const direct of [false, true]) {
  networkTest(`pods reach each other ${direct ? "by the nodes' own link" : "through the tunnel"}`, (context) => {
    const other = new TestContext();
    const sides: [Side, Side] = [{ context, number: 1 }, { context: other, number: 2 }];
    const [one, two] = sides;
    const offloads: ChecksumOffload[] = [];
    try {
      connect(sides);
      const overlays = sides.map(({ context }) => {
        const offload = new ChecksumOffload(context.namespace("container"));
        offloads.push(offload);
        return new Overlay(context.netlink("container"), offload);
      });
      for (const family of ["ipv4", "ipv6"] as const) {
        // Bytes that an ICMP message has around it.
        const around = family === "ipv4" ? 28 : 48;
        assert(!pings(one, two, family, 56, 0.2));
        for (const [at, { number }] of sides.entries()) {
          const peer = number === 1 ? 2 : 1;
          const reports = [
            overlays[at]!.setNode(family, needsOf(family, number, direct)),
            overlays[at]!.setAllPeers(family, [[`node-${peer}`, planOf(family, peer, direct)]]),
          ];
          assertEquals(reports.flatMap(({ errors }) => errors), []);
        }
        const mtu = direct ? 1500 : vxlanNode(family).device!.mtu;
        assertEquals(
          [pings(one, two, family, mtu - around), pings(two, one, family, mtu - around)],
          [true, true],
          family,
        );
        overlays[0]!.setPeer(family, "node-2", undefined);
        assert(!pings(one, two, family, 56, 0.2));
        assertEquals(overlays[0]!.setPeer(family, "node-2", planOf(family, 2, direct)).errors, []);
        assert(pings(one, two, family, 56));
      }
    } finally {
      for (const offload of offloads) offload.close();
      other.close();
    }
  });
}
