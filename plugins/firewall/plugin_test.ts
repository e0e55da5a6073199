import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  assertEveryFaultIsUndone,
  assertReadmeIsCurrent,
  errorOf,
  type TestNode,
  testNodes,
  type TestPod,
} from "../sdk/testing/mod.ts";
import { schema } from "./config.ts";

const newNode = await testNodes(new URL(".", import.meta.url));

const network = (bridge = "cni0", subnet = "10.1.0.0/24") => ({
  type: "bridge",
  bridge,
  isGateway: true,
  ipam: { type: "host-local", ranges: [[{ subnet }], [{ subnet: "fd00:1::/64" }]] },
});

/** A pod that bridge has attached. */
async function bridged(node: TestNode, id = "a", bridge?: string, subnet?: string): Promise<TestPod> {
  const pod = node.pod(id);
  await pod.add(network(bridge, subnet));
  return pod;
}

/** Elements and rows of what is forwarded. The name of a veth is random. */
const elements = (node: TestNode) =>
  node.state().filter((line) => line.includes("cnidaria-forward")).map((line) =>
    line.replace(/.*cnidaria-forward /, "").replace(/^ports .*/, "ports veth")
  );

Deno.test("ADD hands the result on, and has all addresses of the pod pass the administrator's chain", async () => {
  using node = newNode();
  const pod = await bridged(node);
  const before = pod.result;
  assertEquals(await pod.add(), before);
  assertEquals(elements(node), ["pods4 10.1.0.2", "pods6 fd00:1::2"]);
  assertEquals(pod.functions.forwarding.inForce(), {
    pods: [{ address: "10.1.0.2" }, { address: "fd00:1::2" }],
    links: [],
    ports: [],
  });
  await pod.check();
});

Deno.test("CHECK takes no interface of a later plugin for the pod's port", async () => {
  using node = newNode();
  const pod = await bridged(node);
  const isolated = { ingressPolicy: "isolated" };
  const made = await pod.add(isolated);
  const prevResult = {
    ...made,
    interfaces: [...made.interfaces ?? [], { name: "bwp0123456789ab", mac: "02:00:00:00:00:09" }],
  };
  await pod.check({ ...isolated, prevResult });
});

Deno.test("same-bridge confines the bridge, and isolated the pod's port as well; each goes with the last pod", async () => {
  using node = newNode();
  const [first, second] = [await bridged(node, "a"), await bridged(node, "b", "cni1", "10.2.0.0/24")];
  await first.add({ ingressPolicy: "same-bridge" });
  const alone = elements(node);
  assertEquals(alone.slice(2), ["confined cni0", "within cni0 cni0"]);
  await second.add({ ingressPolicy: "isolated" });
  assertEquals(second.functions.forwarding.inForce().links, [{ link: "cni1", ingress: "isolated" }]);
  assert(elements(node).includes("ports veth") && elements(node).includes("confined cni1"));
  for (const pod of [first, second]) await pod.check({ ingressPolicy: pod === first ? "same-bridge" : "isolated" });
  await second.del({ ingressPolicy: "isolated" });
  assertEquals(elements(node), alone);
  await first.del({ ingressPolicy: "same-bridge" });
  assertEquals(elements(node), []);
});

Deno.test("iptablesAdminChainName is a chain of its own", async () => {
  using node = newNode();
  const pod = await bridged(node);
  await pod.add({ iptablesAdminChainName: "LIMITS" });
  assertEquals(pod.functions.forwarding.inForce().pods[0], { address: "10.1.0.2", adminChain: "LIMITS" });
  await pod.check({ iptablesAdminChainName: "LIMITS" });
  assertMatch((await errorOf(pod.check({ iptablesAdminChainName: "OTHER" }))).message, /10\.1\.0\.2 does not pass/);
});

Deno.test("DEL succeeds twice, without result, and once the pod has gone", async () => {
  using node = newNode();
  const pod = await bridged(node);
  await pod.add({ ingressPolicy: "isolated" });
  pod.end();
  pod.result = undefined;
  await pod.del({ ingressPolicy: "isolated" });
  assertEquals(elements(node), []);
  await pod.del({ ingressPolicy: "isolated" });
  await pod.del({ ingressPolicy: "of some later version" });
});

Deno.test("bridge's own DEL leaves what firewall made to firewall", async () => {
  using node = newNode();
  const pod = await bridged(node);
  await pod.add({ ingressPolicy: "same-bridge" });
  pod.functions.firewall.release();
  assertEquals(elements(node).length, 4);
});

Deno.test("CHECK says all that is missing", async () => {
  using node = newNode();
  const pod = await bridged(node);
  const config = { ingressPolicy: "isolated" };
  await pod.add(config);
  pod.functions.forwarding.release();
  const { code, message } = await errorOf(pod.check(config));
  assertEquals(code, 100);
  for (const part of ["10.1.0.2", "fd00:1::2", "cni0", "port veth"]) assert(message.includes(part), message);
});

Deno.test("without a result, and with a first interface that is not the host's, ADD refuses", async () => {
  using node = newNode();
  const config = { ingressPolicy: "same-bridge" };
  const without = await errorOf(node.pod("b").add(config));
  assertEquals(without.code, 7);
  assertMatch(without.message, /prevResult is missing/);
  const pod = node.pod("c");
  const { interfaces, ...rest } = pod.attached({ addresses: ["10.1.0.5/24"] });
  pod.result = { ...rest, interfaces: interfaces!.slice(1) };
  const inside = await errorOf(pod.add(config));
  assertEquals(inside.code, 7);
  assertMatch(inside.message, /the first of prevResult, eth0, is not: put firewall after bridge/);
  pod.result = { ...rest, interfaces: [] };
  assertMatch((await errorOf(pod.add(config))).message, /prevResult has no interfaces/);
  assertEquals(elements(node), []);
});

Deno.test("a configuration that is wrong is refused, and the key is named", async () => {
  using node = newNode();
  const pod = await bridged(node);
  const refused = async (config: object) => {
    const { code, message } = await errorOf(pod.add({ ...config }));
    assertEquals(code, 7);
    return message;
  };
  assertMatch(await refused({ ingressPolicy: "closed" }), /ingressPolicy must be one of "open"/);
  assertMatch(await refused({ iptablesAdminChainName: "a b" }), /iptablesAdminChainName must be/);
  assertMatch(await refused({ backend: "ufw" }), /backend must be/);
  assertEquals(elements(node), []);
});

Deno.test("what has no effect is said", async () => {
  using node = newNode();
  const pod = await bridged(node);
  await pod.add({ backend: "firewalld", firewalldZone: "internal" });
  const lines = node.logged.filter((line) => line.startsWith("warn"));
  assertMatch(lines.join("\n"), /backend is "firewalld": nftables does it.*--zone=internal --add-source=NETWORK/s);
  await node.status();
});

Deno.test("whichever host call fails, the error says so, and nothing is left", async () => {
  await assertEveryFaultIsUndone(async () => {
    const node = newNode();
    const pod = await bridged(node);
    return { node, run: () => pod.add({ ingressPolicy: "isolated" }) };
  }, ["forwarding.blockers"]);
});

Deno.test("the README has the options as they are", async () => {
  await assertReadmeIsCurrent(new URL("README.md", import.meta.url), schema);
});
