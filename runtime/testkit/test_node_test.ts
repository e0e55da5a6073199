// Plugins that come with cnidaria, on a node in memory.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { assertEveryFaultIsUndone, errorOf, testNodes } from "@cnidaria/sdk/testing";

const bridgeNode = await testNodes(new URL("../../plugins/bridge", import.meta.url));
const mtuNode = await testNodes(new URL("../../examples/container-mtu", import.meta.url));
const config = {
  isGateway: true,
  ipMasq: true,
  ipam: { type: "host-local", subnet: "10.1.0.0/29", routes: [{ dst: "0.0.0.0/0" }] },
};

Deno.test("ADD, CHECK and DEL of two pods of a bridge leave the node as it was, but for the bridge", async (t) => {
  using node = bridgeNode();
  const [one, two] = [node.pod("pod1"), node.pod("pod2", { args: { K8S_POD_NAMESPACE: "a", K8S_POD_NAME: "b" } })];
  assertEquals((await one.add(config)).ips, [{ interface: 2, address: "10.1.0.2/29", gateway: "10.1.0.1" }]);
  assertEquals((await two.add(config)).ips?.[0]?.address, "10.1.0.3/29");
  await t.assertSnapshot(node.state());
  await one.check(config);
  await two.check(config);
  await one.del(config);
  two.end();
  await two.del(config);
  assertEquals(node.state().filter((line) => !line.includes("cni0") && !line.includes("ip_forward")), []);
});

Deno.test("an address is given once: a pool that is used up ends in an error, and a DEL gives one back", async () => {
  using node = bridgeNode();
  const pods = ["a", "b", "c", "d", "e"].map((id) => node.pod(id));
  const addresses: string[] = [];
  for (const pod of pods) addresses.push((await pod.add(config)).ips![0]!.address);
  assertEquals(new Set(addresses).size, 5);
  const sixth = node.pod("f");
  const before = node.state();
  assertMatch((await errorOf(sixth.add(config))).message, /no address|none is free|is left/i);
  assertEquals(node.state(), before);
  await pods[2]!.del(config);
  assertEquals((await sixth.add(config)).ips?.[0]?.address, addresses[2]);
});

Deno.test("CHECK finds what is missing, of the kernel and of nftables", async () => {
  using node = bridgeNode();
  const pod = node.pod();
  await pod.add(config);
  pod.functions.addresses.remove("container", "eth0", "10.1.0.2/29");
  assertMatch((await errorOf(pod.check(config))).message, /10\.1\.0\.2/);
});

Deno.test("whichever host call of an ADD fails, the error says so, and nothing is left", async () => {
  await assertEveryFaultIsUndone(async () => {
    const node = bridgeNode();
    // The bridge and its addresses are every pod's, and stay: they are there from the beginning.
    const earlier = node.pod("earlier");
    await earlier.add(config);
    await earlier.del(config);
    return { node, run: () => node.pod("pod1").add(config) };
  });
});

Deno.test("a chain in one process runs plugin after plugin, each behind its own grants", async () => {
  using node = mtuNode();
  const pod = node.pod();
  const result = await pod.add({
    type: "cnidaria",
    plugins: [{ type: "bridge", ipam: config.ipam }, { type: "container-mtu", mtu: 1400 }],
  });
  assertEquals(result.interfaces?.at(-1)?.mtu, 1400);
  assertEquals(node.calls.filter(({ plugin }) => plugin === "container-mtu").map((call) => call.function), [
    "links.set",
  ]);
});

Deno.test("fuel is counted for each plugin, and is the same in each run", async () => {
  const used: Readonly<Record<string, number>>[] = [];
  for (let run = 0; run < 2; run++) {
    using node = bridgeNode();
    await node.pod().add(config);
    used.push(node.fuel);
  }
  const [first, second] = used;
  // The v8 engine does not count.
  if (Object.keys(first!).length > 0) assert(first!["bridge"]! > 100_000 && first!["host-local"]! > 100_000);
  assertEquals(first, second);
});

Deno.test("a fault can be for the third call, for a function, or for its second call, and comes once", async () => {
  using node = bridgeNode();
  node.fail(3);
  assertMatch((await errorOf(node.pod("a").add(config))).message, /links\.ensureBridge/);
  await node.pod("a").add(config);
  node.fail("links.set", { nth: 2, code: "busy", message: "Cannot set it as it is busy" });
  assertEquals((await errorOf(node.pod("b").add(config))).code, 11);
  assertEquals(node.callNames.filter((name) => name === "links.set").length, 2);
  node.fail("leases.acquire", { code: "exhausted" });
  assertEquals(node.failNoMore(), 1);
  await node.pod("b").add(config);
});

Deno.test("a kernel that lacks something refuses as such a kernel does, and STATUS says so", async () => {
  using node = bridgeNode();
  await node.status(config);
  node.lacks("bridge");
  assertMatch((await errorOf(node.pod().add(config))).message, /bridge/);
  assertEquals((await errorOf(node.status(config))).code, 50);
});
