// Source based routing: replies leave by the interface that the request came in by.

import { assert, assertEquals } from "@std/assert";
import { type Attachment, type Config, fail, type Result, type Target } from "../lab/cni_call.ts";
import type { Namespace } from "../lab/namespace.ts";
import type { Node } from "../lab/node.ts";
import { addChain, checkChain, delChain, type Link } from "./chain.ts";
import { eachTarget } from "./each_target.ts";
import { attachment, bridgeNetwork, hostLocal, VERSION } from "./networks.ts";

/** Two bridges, each with a network of both families. The first one's default routes are the pod's. */
const RED = { name: "red", bridge: "red0", subnets: ["10.22.0.0/24", "fd00:22::/64"] };
const BLUE = { name: "blue", bridge: "blue0", subnets: ["10.23.0.0/24", "fd00:23::/64"] };
/** Behind the node. */
const BEYOND = { ipv4: "198.51.100.9", ipv6: "2001:db8:eeee::9" };

interface Route {
  dst: string;
  dev: string;
  gateway?: string;
  table?: string;
}

function chainOf(target: Target, node: Node, { name, bridge, subnets }: typeof RED, routes: boolean): Link[] {
  const ipam = { ...hostLocal(node, subnets), ...routes ? {} : { routes: [] } };
  const network: Config = bridgeNetwork(node, { name, bridge, ipam });
  const sbr: Config = { cniVersion: VERSION, name, type: "sbr" };
  return [{ target, config: network }, { target, config: sbr }];
}

/** Routes of a table, without what the kernel makes for link-local addresses. */
async function routesOf(pod: Namespace, family: "-4" | "-6", table: number | "main"): Promise<string[]> {
  const routes = await pod.ipJson<Route[]>(`${family} route show table ${table}`);
  return routes.filter(({ dst }) => !dst.startsWith("fe80:"))
    .map(({ dst, dev, gateway }) => `${dst} ${gateway === undefined ? "" : `via ${gateway} `}dev ${dev}`).sort();
}

async function rulesOf(pod: Namespace): Promise<string[]> {
  const families = await Promise.all(
    ["-4", "-6"].map((family) => pod.ipJson<{ src: string; table: string }[]>(`${family} rule`)),
  );
  return families.flat().filter(({ table }) => /^\d+$/.test(table)).map(({ src, table }) => `${src} ${table}`).sort();
}

/** A host that reaches pods by the node. */
async function hostBeyond(node: Node): Promise<Namespace> {
  const beyond = await node.pod();
  await node.namespace.ip(`link add beyond type veth peer name eth0 netns ${beyond.path}`);
  await node.namespace.ip("address add 198.51.100.1/24 dev beyond");
  await node.namespace.ip("address add 2001:db8:eeee::1/64 dev beyond nodad");
  await node.namespace.ip("link set beyond up");
  await beyond.ip(`address add ${BEYOND.ipv4}/24 dev eth0`);
  await beyond.ip(`address add ${BEYOND.ipv6}/64 dev eth0 nodad`);
  await beyond.ip("link set eth0 up");
  await beyond.ip("route add default via 198.51.100.1");
  await beyond.ip("-6 route add default via 2001:db8:eeee::1");
  return beyond;
}

/** CHECK of the whole chain, and one that misses a rule. Upstream's compares nothing, and its bridge misses the routes. */
async function assertChecked(
  target: Target,
  node: Node,
  chain: Link[],
  pod: Namespace,
  at: Attachment,
  result: Result,
) {
  await checkChain(chain, node, at, result);
  await pod.ip("rule del from 10.23.0.2");
  const failure = await fail(target, node, "CHECK", { ...chain[1]!.config, prevResult: result }, at);
  assert(failure.msg.includes("rule from 10.23.0.2/32 lookup 100 (container) is gone"), failure.msg);
  await pod.ip("rule add from 10.23.0.2 lookup 100");
}

eachTarget("sbr: replies leave by the interface that the request came in by", async (target, node) => {
  const pod = await node.pod();
  const red = chainOf(target, node, RED, true);
  const blue = chainOf(target, node, BLUE, false);
  const first = attachment(pod);
  const second = { ...first, ifname: "net1" };
  const firstResult = await addChain(red.slice(0, 1), node, first);
  const result = await addChain(blue, node, second);
  assertEquals(result.ips?.map(({ address }) => address), ["10.23.0.2/24", "fd00:23::2/64"]);
  assertEquals(await rulesOf(pod), ["10.23.0.2 100", "fd00:23::2 101"]);
  assertEquals(await routesOf(pod, "-4", 100), ["10.23.0.0/24 dev net1", "default via 10.23.0.1 dev net1"]);
  assertEquals(await routesOf(pod, "-6", 101), ["default via fd00:23::1 dev net1", "fd00:23::/64 dev net1"]);
  assertEquals(await routesOf(pod, "-4", "main"), ["10.22.0.0/24 dev eth0", "default via 10.22.0.1 dev eth0"]);
  assertEquals(await routesOf(pod, "-6", "main"), ["default via fd00:22::1 dev eth0", "fd00:22::/64 dev eth0"]);

  if (target.ours) await assertChecked(target, node, blue, pod, second, result);
  const beyond = await hostBeyond(node);
  // What would leave by the first interface is not forwarded.
  const cut = "add table inet cut; add chain inet cut f { type filter hook forward priority 0; };";
  await node.namespace.must(["nft", `${cut} add rule inet cut f iifname ${RED.bridge} drop`]);
  for (const address of ["10.23.0.2", "fd00:23::2"]) assert(await beyond.ping(address), `${address} does not answer`);
  for (const [source, device] of [["10.22.0.2", "eth0"], ["10.23.0.2", "net1"]] as const) {
    const [route] = await pod.ipJson<Route[]>(`route get ${BEYOND.ipv4} from ${source}`);
    assertEquals(route?.dev, device, source);
  }

  await delChain(blue, node, second, result);
  assertEquals(await rulesOf(pod), []);
  await delChain(red.slice(0, 1), node, first, firstResult);
});
