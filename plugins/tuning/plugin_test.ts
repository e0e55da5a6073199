import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  assertEveryFaultIsUndone,
  assertReadmeIsCurrent,
  type Config,
  errorOf,
  failureOf,
  FakeHost,
  loadPlugin,
  testNodes,
  type TestPod,
} from "../sdk/testing/mod.ts";
import { schema } from "./config.ts";

const folder = new URL("./", import.meta.url);
const newNode = await testNodes(folder);
const MAC = "02:00:00:00:00:07";

const link = ({ functions, ifname }: TestPod) => {
  const { mac, mtu, promisc } = functions.links.get("container", ifname);
  return { mac, mtu, promisc, ...functions.links.tuning("container", ifname) };
};

const everything = {
  mac: MAC.toUpperCase(),
  mtu: 1400,
  promisc: true,
  allmulti: true,
  txQLen: 20,
  sysctl: { "net.ipv4.conf.IFNAME.arp_filter": "1", "net.core.somaxconn": "500" },
};

Deno.test("ADD sets all that the configuration names, CHECK finds it, and DEL puts back what was there", async () => {
  using node = newNode();
  const pod = node.pod();
  const given = pod.attached({ addresses: ["10.1.0.5/16"] });
  const before = [link(pod), node.state()];
  const result = await pod.add(everything);
  assertEquals(link(pod), { mac: MAC, mtu: 1400, promisc: true, allmulti: true, queueLength: 20 });
  assertEquals(pod.functions.sysctl.get("container", "net/ipv4/conf/eth0/arp_filter"), "1");
  assertEquals(pod.functions.sysctl.get("container", "net/core/somaxconn"), "500");
  const [host, inside] = given.interfaces!;
  assertEquals(result.interfaces, [host, { ...inside, mac: MAC, mtu: 1400 }]);
  assertEquals(result.ips, given.ips);
  await pod.check(everything);
  await pod.del(everything);
  assertEquals([link(pod), node.state()], before);
  await pod.del(everything);
  pod.end();
  await pod.del(everything);
});

Deno.test("a configuration without a key hands the result on, and makes no host call", async () => {
  using node = newNode();
  const pod = node.pod();
  const { interfaces } = pod.attached();
  assertEquals((await pod.add({})).interfaces, interfaces);
  assertEquals(node.callNames, []);
});

Deno.test("without a result before there is nothing to tune", async () => {
  using node = newNode();
  const error = await errorOf(node.pod().add(everything));
  assertEquals(error.code, 7);
  assertMatch(error.message, /prevResult is missing/);
});

Deno.test("of several MAC addresses args.cni goes first, then runtimeConfig, CNI_ARGS and mac", async () => {
  const mac = (last: string) => `02:00:00:00:00:0${last}`;
  const config = { mac: mac("1"), args: { cni: { mac: mac("4") } }, runtimeConfig: { mac: mac("3") } };
  const { args: _, ...withoutArgs } = config;
  for (
    const [expected, own, args] of [
      [mac("1"), { mac: mac("1") }, {}],
      [mac("2"), { mac: mac("1") }, { IgnoreUnknown: "1", MAC: mac("2") }],
      [mac("3"), withoutArgs, { MAC: mac("2") }],
      [mac("4"), config, { MAC: mac("2") }],
    ] as const
  ) {
    using node = newNode();
    const pod = node.pod("pod1", { args });
    pod.attached();
    await pod.add(own);
    assertEquals(link(pod).mac, expected);
  }
});

Deno.test("args.cni goes before the configuration's own keys", async () => {
  using node = newNode();
  const pod = node.pod();
  pod.attached();
  const cni = { mtu: 1300, promisc: false, allmulti: false, txQLen: 5, sysctl: { "net.core.somaxconn": "600" } };
  const config = { ...everything, args: { cni } };
  await pod.add(config);
  assertEquals(link(pod), { mac: MAC, mtu: 1300, promisc: false, allmulti: false, queueLength: 5 });
  assertEquals(pod.functions.sysctl.get("container", "net/core/somaxconn"), "600");
  assertEquals(pod.functions.sysctl.get("container", "net/ipv4/conf/eth0/arp_filter"), "1");
  await pod.check(config);
});

Deno.test("CHECK names each difference from the configuration", async () => {
  using node = newNode();
  const pod = node.pod();
  pod.attached();
  await pod.add({});
  const { code, message } = await errorOf(pod.check(everything));
  assertEquals(code, 100);
  for (
    const words of [
      "net/ipv4/conf/eth0/arp_filter is 0, not 1",
      "MAC address of eth0 is",
      "MTU of eth0 is 1500, not 1400",
      "promiscuous mode of eth0 is off, not on",
      "all-multicast mode of eth0 is off, not on",
      "transmit queue length of eth0 is 1000, not 20",
    ]
  ) assert(message.includes(words), message);
});

Deno.test("CHECK looks only at what the configuration names: another's promiscuous mode is none of it", async () => {
  using node = newNode();
  const pod = node.pod();
  pod.attached();
  await pod.add({ mtu: 1400 });
  pod.functions.links.set("container", "eth0", { promisc: true });
  await pod.check({ mtu: 1400 });
});

Deno.test("what the ledger knows is compared as well, and numbers may be apart by spaces", async () => {
  using node = newNode();
  const pod = node.pod();
  pod.attached();
  const config = { txQLen: 20, sysctl: { "net.ipv4.ping_group_range": "0 1000" } };
  await pod.add(config);
  pod.functions.sysctl.set("container", "net/ipv4/ping_group_range", "0\t1000");
  await pod.check(config);
  pod.functions.links.tune("container", "eth0", { queueLength: 30 });
  assertMatch((await errorOf(pod.check(config))).message, /transmit queue length of eth0 \(container\) is 30, not 20/);
});

Deno.test("a parameter that another attachment of the container relies on stays at DEL", async () => {
  using node = newNode();
  const [one, two] = [node.pod("pod1"), node.pod("pod1", { ifname: "net1" })];
  one.attached();
  two.attached();
  const config = { sysctl: { "net.core.somaxconn": "500" } };
  const before = one.functions.sysctl.get("container", "net/core/somaxconn");
  await one.add(config);
  await two.add(config);
  const present = () => one.functions.sysctl.get("container", "net/core/somaxconn");
  await one.del(config);
  assertEquals(present(), "500");
  await two.check(config);
  await two.del(config);
  assert(before !== "500");
});

Deno.test("in one process with the plugin that makes the link, DEL has nothing to put back", async () => {
  using node = newNode();
  const pod = node.pod();
  const bridge = { type: "bridge", ipam: { type: "host-local", subnet: "10.1.0.0/16" } };
  const chain = { plugins: [bridge, { type: "tuning", mac: MAC, mtu: 1400 }] };
  await pod.add(chain);
  assertEquals([link(pod).mac, link(pod).mtu], [MAC, 1400]);
  await pod.check(chain);
  await pod.del(chain);
  assertEquals(node.state().filter((line) => line.startsWith("pod1:")), []);
});

Deno.test("a name or a value that makes no sense is refused, and named", async () => {
  using node = newNode();
  const pod = node.pod();
  pod.attached();
  const refused = async (config: Config) => {
    const { code, message } = await errorOf(pod.add(config));
    assertEquals(code, 7);
    return message;
  };
  for (const name of ["kernel.shmmax", "net", "net..x", "net/ipv4/../../kernel/x", "net.ipv4.conf.*.x", "x"]) {
    assert((await refused({ sysctl: { [name]: "1" } })).includes(`"${name}" is no parameter`));
  }
  assertMatch(await refused({ sysctl: { "net.core.somaxconn": "" } }), /has no value/);
  assertMatch(await refused({ sysctl: { "net.core.somaxconn": 500 } }), /sysctl.net.core.somaxconn must be a string/);
  assertMatch(
    await refused({ sysctl: { "net.core.somaxconn": "1", "net/core/somaxconn": "2" } }),
    /"net.core.somaxconn" and "net\/core\/somaxconn" are names of the same parameter/,
  );
  assertMatch(await refused({ mac: "0" }), /mac must be a MAC address/);
  assertMatch(await refused({ txQLen: -1 }), /txQLen must be an integer from 0 to 4294967295/);
});

Deno.test("a parameter of a link that the container has not: nothing is set", async () => {
  using node = newNode();
  const pod = node.pod();
  pod.attached();
  const state = node.state();
  const sysctl = { "net.core.somaxconn": "500", "net.ipv4.conf.eth1.arp_filter": "1" };
  const { message } = await errorOf(pod.add({ sysctl }));
  assertMatch(message, /net\/ipv4\/conf\/eth1\/arp_filter in the container as there is none: is the link missing/);
  assertEquals(node.state(), state);
});

Deno.test("what the allow-list refuses is an error of ADD and of STATUS", async () => {
  const plugin = await loadPlugin(folder);
  const host = new FakeHost();
  host.network.addLink("container", "eth0", "veth");
  host.refusedParameters = ["net.core.somaxconn"];
  const config = { type: "tuning", sysctl: everything.sysctl };
  const refusal = failureOf(() => plugin.add(host, config));
  assertEquals(refusal.code, 7);
  assertMatch(refusal.message, /net\.core\.somaxconn is not allowed .* \/etc\/cni\/tuning\/allowlist\.conf/);
  assertEquals(host.callNames("sysctl"), []);
  const status = failureOf(() => plugin.status(host, config));
  assertEquals([status.code, status.message], [50, refusal.message]);
  host.refusedParameters = [];
  plugin.status(host, config);
});

Deno.test("whichever host call fails, the error says so, and nothing is left", async () => {
  await assertEveryFaultIsUndone(() => {
    const node = newNode();
    const pod = node.pod();
    pod.attached();
    return { node, run: () => pod.add(everything) };
  });
});

Deno.test("the README has the options as they are", async () => {
  await assertReadmeIsCurrent(new URL("README.md", import.meta.url), schema);
});
