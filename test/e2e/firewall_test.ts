// firewall after bridge: which pods reach each other, and that nothing is left of it.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Agent } from "../lab/agent.ts";
import { type Attachment, call, type Config, type Result, succeed, type Target } from "../lab/cni_call.ts";
import type { Namespace } from "../lab/namespace.ts";
import { type Node, OUTSIDE } from "../lab/node.ts";
import { agentTest } from "./agents.ts";
import { addChain, checkChain, delChain, type Link } from "./chain.ts";
import { eachTarget } from "./each_target.ts";
import { attachment, hostLocal, VERSION } from "./networks.ts";

type Policy = "open" | "same-bridge" | "isolated";

/** bridge and firewall on a bridge of its own: `cni1` has 10.31.0.0/24 and fd00:31::/64. */
function chain(target: Target, node: Node, number: number, ingressPolicy: Policy): Link[] {
  const basics = { cniVersion: VERSION, name: `net${number}` };
  const ipam = hostLocal(node, [`10.3${number}.0.0/24`, `fd00:3${number}::/64`]);
  const bridge: Config = { ...basics, type: "bridge", bridge: `cni${number}`, isGateway: true, ipMasq: true, ipam };
  return [bridge, { ...basics, type: "firewall", backend: "iptables", ingressPolicy }]
    .map((config) => ({ target, config }));
}

/** One that does nothing by itself. */
function startAgent(target: Target, node: Node): Promise<Agent> {
  return Agent.start(target, node, ["--repair-interval", "0", "--gc-interval", "0"]);
}

interface Pod {
  readonly namespace: Namespace;
  readonly at: Attachment;
  readonly links: Link[];
  readonly result: Result;
}

async function attach(node: Node, links: Link[]): Promise<Pod> {
  const namespace = await node.pod();
  const at = attachment(namespace);
  return { namespace, at, links, result: await addChain(links, node, at) };
}

/** Holds who reaches whom to what is expected: by each of the other's addresses. */
async function assertReach(...ways: [from: Pod, to: Pod, expected: boolean][]): Promise<void> {
  const answers = await Promise.all(
    ways.map(([{ namespace }, { result }, expected]) =>
      Promise.all((result.ips ?? []).map(({ address }) => {
        const to = address.replace(/\/.*/, "");
        // Silence is told by one request. An answer may be late, as Debian's bridge waits for nothing.
        return expected ? namespace.ping(to) : once(namespace, to);
      }))
    ),
  );
  assertEquals(answers, ways.map(([, , expected]) => [expected, expected]));
}

async function once(from: Namespace, to: string): Promise<boolean> {
  return (await from.run(["ping", "-n", "-q", "-c", "1", "-W", "1", to])).code === 0;
}

/** The tables of firewall. */
const tables = async (node: Node) =>
  [...(await node.namespace.must(["nft", "list", "tables"])).matchAll(/table (\w+ cnidaria-forward)/g)]
    .map(([, name]) => name);

eachTarget("ingressPolicy same-bridge keeps pods of other bridges away, and no others", async (target, node) => {
  const [first, second, other] = [
    await attach(node, chain(target, node, 1, "same-bridge")),
    await attach(node, chain(target, node, 1, "same-bridge")),
    await attach(node, chain(target, node, 2, "same-bridge")),
  ];
  await assertReach([first, second, true], [first, other, false], [other, second, false]);
  await checkChain(first.links, node, first.at, first.result);
  for (const _ of ["once", "twice"]) await delChain(first.links, node, first.at, first.result);
  await assertReach([second, other, false]);
});

agentTest(
  "ingressPolicy isolated: pods reach none of any bridge, and the rules go with them",
  async (target, node) => {
    await using _agent = await startAgent(target, node);
    await node.outside();
    const [first, second, other] = [
      await attach(node, chain(target, node, 1, "isolated")),
      await attach(node, chain(target, node, 1, "isolated")),
      await attach(node, chain(target, node, 2, "same-bridge")),
    ];
    const open = await attach(node, chain(target, node, 3, "open"));
    await assertReach([open, first, true], [other, open, true]);
    // Without br_netfilter, and with it.
    for (const filter of ["0", "1"]) {
      await node.namespace.run(["sysctl", "-qw", `net.bridge.bridge-nf-call-iptables=${filter}`]);
      await assertReach([first, second, false], [second, first, false], [other, first, false], [first, other, false]);
    }
    assert(await first.namespace.ping(OUTSIDE.ipv4), "the outside does not answer");
    assert(await first.namespace.ping("fd00:31::1"), "the node does not answer");
    await checkChain(first.links, node, first.at, first.result);
    await node.namespace.must(["nft", "delete", "table", "bridge", "cnidaria-forward"]);
    const [, firewall] = first.links;
    const check = { ...firewall!.config, prevResult: first.result };
    const { code, stdout } = await call(target, node, "CHECK", check, first.at);
    assertEquals(code, 1);
    assertMatch(stdout, /isolation of port veth\w+ is gone from the packet filter/);
    // The namespaces have gone, and rules of the second are missing still.
    for (const { namespace, at, links, result } of [first, second, other, open]) {
      await namespace.delete();
      await delChain(links, node, { ...at, netns: namespace.path }, result);
    }
    assertEquals(await tables(node), []);
  },
);

agentTest("a chain that drops what is forwarded is named by ADD and STATUS", async (target, node) => {
  await using _agent = await startAgent(target, node);
  await node.namespace.must([
    "nft",
    "table ip filter { chain FORWARD { type filter hook forward priority 0 ; policy drop ; } ; }",
  ]);
  const [bridge, firewall] = chain(target, node, 1, "open");
  const at = attachment(await node.pod());
  const prevResult = await succeed(target, node, "ADD", bridge!.config, at);
  for (const [command, more] of [["ADD", { prevResult }], ["STATUS", { cniVersion: "1.1.0" }]] as const) {
    const { code, stderr } = await call(target, node, command, { ...firewall!.config, ...more }, at);
    assertEquals(code, 0);
    assertMatch(stderr, /dropped by nftables chain FORWARD of table ip filter, as its policy is drop/);
  }
});
