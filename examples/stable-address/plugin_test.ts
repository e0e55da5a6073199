import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  assertEveryFaultIsUndone,
  assertReadmeIsCurrent,
  errorOf,
  type TestNode,
  testNodes,
} from "@cnidaria/sdk/testing";
import { schema } from "./config.ts";

const newNode = await testNodes(new URL(".", import.meta.url));
const config = { ipam: { type: "stable-address", subnet: "10.1.0.0/16", routes: [{ dst: "0.0.0.0/0" }] } };

const pool = {
  index: 0,
  ranges: [{ subnet: "10.1.0.0/16", first: "10.1.0.1", last: "10.1.255.254", gateway: "10.1.0.1" }],
  store: "",
  domain: "stable-address",
  cooldown: 0,
};

function web(node: TestNode, containerId: string, name = "web-0") {
  return node.pod(containerId, { args: { K8S_POD_NAMESPACE: "shop", K8S_POD_NAME: name } });
}

Deno.test("a pod gets the same address each time, on whichever node, and another pod another", async () => {
  const addresses: string[] = [];
  for (const id of ["a", "b"]) {
    using node = newNode();
    const pod = web(node, id);
    const { ips, routes } = await pod.add(config);
    assertEquals(routes, [{ dst: "0.0.0.0/0" }]);
    assertEquals(ips?.[0]?.gateway, "10.1.0.1");
    addresses.push(ips![0]!.address);
    await pod.del(config);
    const other = await web(node, "c", "web-1").add(config);
    assert(other.ips?.[0]?.address !== addresses[0]);
    const again = await web(node, "d").add(config);
    addresses.push(again.ips![0]!.address);
  }
  assertEquals(new Set(addresses).size, 1);
});

Deno.test("IPv6 and a pod without a name", async () => {
  using node = newNode();
  const ipam = { type: "stable-address", subnet: "fd00:1::/64" };
  const result = await node.pod("c1").add({ ipam });
  assertMatch(result.ips![0]!.address, /^fd00:1::[0-9a-f:]+\/64$/);
  assertEquals(result.ips![0]!.gateway, "fd00:1::1");
});

Deno.test("an address that is taken gives way to the next, and a full network to an error", async () => {
  using node = newNode();
  const small = { ipam: { type: "stable-address", subnet: "10.1.0.0/29" } };
  const given = new Set<string>();
  // The same name in five containers at once: one address each.
  for (const id of ["a", "b", "c", "d", "e"]) given.add((await web(node, id).add(small)).ips![0]!.address);
  assertEquals(given.size, 5);
  assert(!given.has("10.1.0.1/29"));
  assertEquals((await errorOf(node.status(small))).code, 50);
  assertMatch((await errorOf(web(node, "f").add(small))).message, /lease an address for eth0 of container f/);
});

Deno.test("GC releases what belongs to no attachment that is valid, and to none that the host knows of", async () => {
  using node = newNode();
  const [one, two] = [web(node, "a"), web(node, "b", "web-1")];
  await one.add(config);
  const { address } = two.functions.leases.acquire(pool, undefined);
  const leased = () => node.state().filter((line) => line.startsWith("lease")).length;
  assertEquals(leased(), 2);
  await node.gc(config, [one, two]);
  assertEquals(leased(), 2);
  await node.gc(config, [one]);
  assertEquals([leased(), node.state().some((line) => line.includes(`${address} b/eth0`))], [1, false]);
});

Deno.test("CHECK finds a lease that is gone, and DEL releases", async () => {
  using node = newNode();
  const [one, two] = [web(node, "a"), web(node, "b", "web-1")];
  await one.add(config);
  await two.add(config);
  await one.check(config);
  one.functions.leases.release("");
  assertEquals((await errorOf(one.check(config))).code, 100);
  await one.del(config);
  await two.del(config);
  assertEquals(node.state().filter((line) => line.startsWith("lease")), []);
});

Deno.test("it works as the IPAM plugin of a bridge", async () => {
  using node = newNode();
  const pod = web(node, "a");
  await pod.add({ type: "bridge", isGateway: true, ...config });
  const [lease] = node.state().filter((line) => line.startsWith("lease"));
  const address = lease!.split(" ")[2]!;
  assert(node.state().some((line) => line.startsWith("a: eth0") && line.includes(` ${address}/16`)));
  await pod.check({ type: "bridge", isGateway: true, ...config });
});

Deno.test("a configuration that is wrong is refused, and the key is named", async () => {
  using node = newNode();
  const refused = async (ipam: object) =>
    (await errorOf(node.pod().add({ ipam: { type: "stable-address", ...ipam } }))).message;
  assertMatch(await refused({}), /subnet is missing/);
  assertMatch(await refused({ subnet: "10.1.0.0/30" }), /8 addresses or more/);
  assertMatch(await refused({ subnet: "10.1.0.0/24", gateway: "10.2.0.1" }), /gateway must be in/);
  assertEquals(node.state().filter((line) => line.startsWith("lease")), []);
});

Deno.test("whichever host call fails, the error says so, and nothing is left", async () => {
  await assertEveryFaultIsUndone(() => {
    const node = newNode();
    const pod = web(node, "a");
    return { node, run: () => pod.add(config) };
  });
});

Deno.test("the README has the options as they are", async () => {
  await assertReadmeIsCurrent(new URL("README.md", import.meta.url), schema);
});
