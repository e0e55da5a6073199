import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  assertEveryFaultIsUndone,
  assertReadmeIsCurrent,
  errorOf,
  type TestNode,
  testNodes,
} from "../sdk/testing/mod.ts";
import { schema } from "./config.ts";

const newNode = await testNodes(new URL("./", import.meta.url));
const MAC = "02:00:00:00:00:31";
const range = { type: "host-local", subnet: "10.1.0.0/16", routes: [{ dst: "0.0.0.0/0" }] };
const config = { device: "uplink1", ipam: range };

/** A node with a device, which is one end of a veth pair here; `far` is the other. */
function nodeWithDevice(): TestNode {
  const node = newNode();
  const { links } = node.functions;
  links.createVeth({ peerNs: "host", peerName: "far", name: "uplink1" });
  links.set("host", "uplink1", { up: true, mtu: 1400, mac: MAC });
  links.set("host", "far", { up: true });
  return node;
}

const linesOf = (node: TestNode, name: string) => node.state().filter((line) => line.startsWith(`${name}:`));

Deno.test("ADD moves the device and gives it addresses, CHECK finds them, and DEL gives it back", async () => {
  using node = nodeWithDevice();
  const before = node.state();
  const pod = node.pod();
  const result = await pod.add(config);
  assertEquals(result.interfaces, [{ name: "eth0", mac: MAC, mtu: 1400, sandbox: node.netnsOf(pod) }]);
  assertEquals(result.ips, [{ address: "10.1.0.2/16", gateway: "10.1.0.1", interface: 0 }]);
  assertEquals(linesOf(node, "pod1").slice(0, 1), [`pod1: eth0 veth up mtu 1400 mac ${MAC} 10.1.0.2/16`]);
  assert(linesOf(node, "pod1").includes("pod1: route 0.0.0.0/0 via 10.1.0.1 dev eth0"), `${linesOf(node, "pod1")}`);
  assertEquals(linesOf(node, "host").filter((line) => line.includes("uplink1")), []);
  await pod.check(config);
  await pod.del(config);
  assertEquals(node.state(), before);
  await pod.del(config);
  pod.end();
  await pod.del(config);
  assertEquals(node.state(), before);
});

Deno.test("where the container ends first, DEL releases its addresses, twice", async () => {
  using node = nodeWithDevice();
  const pod = node.pod();
  await pod.add(config);
  pod.end();
  // A virtual device goes with the namespace, and this one's other end with it.
  await pod.del(config);
  await pod.del(config);
  assertEquals(node.state().filter((line) => /uplink1|far|lease/.test(line)), []);
});

Deno.test("without ipam the interface is up, and has no address", async () => {
  using node = nodeWithDevice();
  const pod = node.pod();
  const { interfaces, ips = [] } = await pod.add({ device: "uplink1" });
  assertEquals([interfaces?.length, ips], [1, []]);
  assertEquals(linesOf(node, "pod1"), [`pod1: eth0 veth up mtu 1400 mac ${MAC}`]);
  await pod.check({ device: "uplink1" });
  await pod.del({ device: "uplink1" });
  assert(node.functions.links.get("host", "uplink1").up);
});

Deno.test("a device is found by its MAC address as well; a name goes first", async () => {
  using node = nodeWithDevice();
  const pod = node.pod();
  await pod.add({ hwaddr: MAC.toUpperCase() });
  assertEquals(linesOf(node, "pod1").length, 1);
  await pod.del({ hwaddr: MAC });
  assertMatch((await errorOf(pod.add({ device: "other", hwaddr: MAC }))).message, /Cannot move other on the host/);
});

Deno.test("a device that nobody has is an error that says by what it was looked for", async () => {
  using node = nodeWithDevice();
  const message = async (own: Record<string, unknown>) => (await errorOf(node.pod().add(own))).message;
  assertMatch(await message({ pciBusID: "0000:04:00.0" }), /with bus id 0000:04:00.0 .* vfio-pci/);
  const deviceID = "mlx5_core.sf.2";
  assertMatch(await message({ pciBusID: "0000:04:00.0", runtimeConfig: { deviceID } }), /with bus id mlx5_core.sf.2/);
  assertMatch(await message({ kernelpath: "/sys/devices/pci0/net" }), /the device at \/sys\/devices\/pci0\/net/);
  assertMatch(await message({ kernelpath: "/etc" }), /no plain path below \/sys\/devices/);
  assertMatch(await message({}), /no device is named: set device, hwaddr/);
});

Deno.test("of a device that one container has, the other hears", async () => {
  using node = nodeWithDevice();
  await node.pod("pod1").add(config);
  const error = await errorOf(node.pod("pod2").add(config));
  assertMatch(error.message, /Cannot give uplink1 to container pod2 as eth0: .* no such link/);
  assertEquals(linesOf(node, "pod2"), []);
  await node.status(config);
});

Deno.test("a port of a bridge and the way of the default route stay on the node", async () => {
  using node = nodeWithDevice();
  const { links, addresses, routes } = node.functions;
  addresses.add("host", "uplink1", { cidr: "10.9.0.2/24", dad: false });
  const route = { dst: "0.0.0.0/0", gateway: "10.9.0.1", link: "uplink1", onlink: false };
  routes.add("host", route);
  const state = node.state();
  assertMatch((await errorOf(node.pod().add(config))).message, /the node's default route via 10.9.0.1 goes by it/);
  assertEquals(node.state(), state);
  routes.remove("host", route);
  links.ensureBridge("br0", { vlanFiltering: false, defaultVlan: true });
  links.set("host", "uplink1", { master: "br0" });
  assertMatch((await errorOf(node.pod().add(config))).message, /it is a port of br0/);
});

Deno.test("tuning after it, as a plugin of its own: both DELs, backwards, leave the device as it was", async () => {
  using node = nodeWithDevice();
  const before = node.state();
  const pod = node.pod();
  await pod.add(config);
  const tuning = { type: "tuning", mac: "02:00:00:00:00:32", mtu: 1300, allmulti: true, txQLen: 7 };
  await pod.add(tuning);
  await pod.check(tuning);
  await pod.del(tuning);
  assertEquals(linesOf(node, "pod1")[0], `pod1: eth0 veth up mtu 1400 mac ${MAC} 10.1.0.2/16`);
  await pod.del(config);
  assertEquals(node.state(), before);
  assertEquals(node.functions.links.tuning("host", "uplink1"), { allmulti: false, queueLength: 1000 });
});

Deno.test("tuning after it, in one process: DEL leaves the device as it was", async () => {
  using node = nodeWithDevice();
  const before = node.state();
  const pod = node.pod();
  const first = { type: "host-device", device: "uplink1", ipam: range };
  const chain = { plugins: [first, { type: "tuning", mtu: 1300, promisc: true }] };
  await pod.add(chain);
  assert(linesOf(node, "pod1")[0]?.includes("mtu 1300"), `${linesOf(node, "pod1")}`);
  await pod.check(chain);
  await pod.del(chain);
  assertEquals(node.state(), before);
});

Deno.test("whichever host call fails, the error says so, and the device is back", async () => {
  for (const ipam of [range, { type: "static", addresses: [{ address: "fd00:1::5/64" }] }]) {
    await assertEveryFaultIsUndone(() => {
      const node = nodeWithDevice();
      return { node, run: () => node.pod().add({ ...config, ipam }) };
    });
  }
});

Deno.test("the README has the options as they are", async () => {
  await assertReadmeIsCurrent(new URL("README.md", import.meta.url), schema);
});
