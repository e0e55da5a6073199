import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  assertEveryFaultIsUndone,
  assertReadmeIsCurrent,
  type Config,
  errorOf,
  type TestNode,
  testNodes,
} from "@cnidaria/sdk/testing";
import { schema } from "./config.ts";

const newNode = await testNodes(new URL(".", import.meta.url));

type Mapping = { hostPort: number; containerPort: number; protocol: string; hostIP?: string };
const web: Mapping = { hostPort: 8080, containerPort: 80, protocol: "tcp" };
const withPorts = (...portMappings: unknown[]): Config => ({ runtimeConfig: { portMappings } });
const addresses = ["10.1.0.5/16", "fd00:1::5/64"];

function podOf(node: TestNode, containerId = "a", own = addresses) {
  const pod = node.pod(containerId);
  pod.attached({ addresses: own, bridge: "cni0" });
  const { functions } = node;
  const gateways = functions.addresses.list("host", "cni0");
  if (!gateways.includes("10.1.0.1/16")) functions.addresses.add("host", "cni0", { cidr: "10.1.0.1/16", dad: false });
  return pod;
}

/** What the node has of port maps: `mapped4 …`. */
function elements(node: TestNode): string[] {
  return node.state().filter((line) => line.includes("cnidaria-ports")).map((line) => line.split(" ")[3]!).toSorted();
}

Deno.test("a port is mapped for each family of the container's, and the result passes unchanged", async () => {
  using node = newNode();
  const pod = podOf(node);
  const before = pod.result;
  const result = await pod.add(withPorts(web));
  assertEquals([result.ips, result.interfaces], [before!.ips, before!.interfaces]);
  assertEquals(pod.functions.portMaps.list(), [
    { protocol: "tcp", hostPort: 8080, address: "10.1.0.5", containerPort: 80 },
    { protocol: "tcp", hostPort: 8080, address: "fd00:1::5", containerPort: 80 },
  ]);
  await pod.check(withPorts(web));
  await pod.del(withPorts(web));
  assertEquals(elements(node), []);
});

Deno.test("a hundred ports are one host call", async () => {
  using node = newNode();
  const pod = podOf(node);
  const config = withPorts(...Array.from({ length: 100 }, (_, index) => ({ ...web, hostPort: 9000 + index })));
  await pod.add(config);
  assertEquals(node.callNames, ["port-maps.add"]);
  assertEquals(pod.functions.portMaps.list().length, 200);
  await pod.check(config);
});

Deno.test("hostIP chooses an address of the node, and is passed over where the container lacks its family", async () => {
  using node = newNode();
  const pod = podOf(node, "a", ["10.1.0.5/16"]);
  const config = withPorts(
    { ...web, hostIP: "192.0.2.1" },
    { ...web, hostIP: "2001:db8::1" },
    { ...web, protocol: "UDP", hostIP: "0.0.0.0" },
    { ...web, protocol: "sctp", hostIP: "::" },
  );
  await pod.add(config);
  assertEquals(pod.functions.portMaps.list(), [
    { protocol: "tcp", hostAddress: "192.0.2.1", hostPort: 8080, address: "10.1.0.5", containerPort: 80 },
    { protocol: "udp", hostPort: 8080, address: "10.1.0.5", containerPort: 80 },
  ]);
  await pod.check(config);
});

Deno.test("without mappings the result passes, and nothing is made", async () => {
  using node = newNode();
  const pod = podOf(node);
  for (const config of [{}, withPorts(), { runtimeConfig: {} }, { runtimeConfig: null }]) {
    assertEquals((await pod.add(config)).ips?.length, 2);
    await pod.check(config);
    await pod.del(config);
  }
  assertEquals(elements(node), []);
});

Deno.test("snat and masqAll say whose connections are masqueraded", async () => {
  const hairpinOf = async (config: Config) => {
    using node = newNode();
    await podOf(node).add({ ...withPorts(web), ...config });
    return node.calls[0]!.args[1];
  };
  assertEquals(await hairpinOf({}), { networks: ["10.1.0.0/16", "127.0.0.0/8", "fd00:1::/64"], markBit: 13 });
  assertEquals(await hairpinOf({ masqAll: true, markMasqBit: 7 }), { networks: ["0.0.0.0/0", "::/0"], markBit: 7 });
  assertEquals(await hairpinOf({ snat: false }), undefined);
});

Deno.test("by default the pod's port of the bridge is in hairpin mode, and route_localnet is set", async () => {
  using node = newNode();
  const pod = podOf(node);
  await pod.add(withPorts(web));
  assert(node.state().some((line) => line.includes("master cni0 hairpin")), node.state().join("\n"));
  assertEquals(node.functions.sysctl.get("host", "net/ipv4/conf/cni0/route_localnet"), "1");
  await pod.del(withPorts(web));
  assertEquals(node.functions.sysctl.get("host", "net/ipv4/conf/cni0/route_localnet"), "0");
});

Deno.test("a port that another pod has is an error that names it, and the ADD leaves nothing", async () => {
  using node = newNode();
  const [one, two] = [podOf(node, "a"), podOf(node, "b", ["10.1.0.6/16"])];
  await one.add(withPorts(web));
  const before = node.state();
  const error = await errorOf(two.add(withPorts({ ...web, hostPort: 9090 }, web)));
  assertEquals(error.code, 102);
  assertStringIncludes(error.message, "tcp port 8080 (IPv4) to 10.1.0.6 as attachment net/a/eth0 has it");
  assertEquals(node.state(), before);
  await one.del(withPorts(web));
  await two.add(withPorts(web));
});

Deno.test("CHECK names a port that is gone", async () => {
  using node = newNode();
  const pod = podOf(node);
  await pod.add(withPorts(web));
  const error = await errorOf(pod.check(withPorts(web, { ...web, hostPort: 9090 })));
  assertEquals(error.code, 100);
  assertMatch(error.message, /tcp port 9090 does not lead to 10\.1\.0\.5; tcp port 9090 does not lead to fd00:1::5/);
  pod.functions.portMaps.release();
  assertMatch((await errorOf(pod.check(withPorts(web)))).message, /8080/);
});

Deno.test("DEL succeeds twice, and after the pod is gone", async () => {
  using node = newNode();
  const pod = podOf(node);
  await pod.add(withPorts(web));
  node.endPod(pod);
  await pod.del(withPorts(web));
  await pod.del(withPorts(web));
  assertEquals(elements(node), []);
});

Deno.test("what is wrong is refused, and the key is named", async () => {
  using node = newNode();
  const refused = async (config: Config) => {
    const error = await errorOf(podOf(node, crypto.randomUUID()).add(config));
    assertEquals(error.code, 7);
    return error.message;
  };
  assertMatch(await refused(withPorts({ ...web, hostPort: 0 })), /portMappings\[0\]\.hostPort must be .* 1 to 65535/);
  assertMatch(await refused(withPorts({ ...web, containerPort: 65536 })), /containerPort must be .* 1 to 65535/);
  assertMatch(await refused(withPorts({ ...web, protocol: "icmp" })), /protocol must be "tcp", "udp" or "sctp"/);
  assertMatch(await refused(withPorts({ ...web, hostIP: "eth0" })), /hostIP must be an IP address/);
  assertMatch(await refused({ markMasqBit: 32 }), /markMasqBit/);
  assertMatch(await refused({ backend: "ipvs" }), /backend/);
  assertMatch(await refused({ externalSetMarkChain: "KUBE-MARK-MASQ" }), /a chain of iptables/);
  assertMatch(await refused({ conditionsV4: ["!", "-d", "192.0.2.0/24"] }), /conditionsV4 is .*hostIP says/);
  assertMatch(await refused(withPorts(web, { ...web, containerPort: 81 })), /10\.1\.0\.5:80 and 10\.1\.0\.5:81/);
  assertEquals(elements(node), []);
});

Deno.test("without a plugin before it, the error says so", async () => {
  using node = newNode();
  const error = await errorOf(node.pod().add(withPorts(web)));
  assertEquals(error.code, 7);
  assertMatch(error.message, /prevResult is missing/);
});

Deno.test("upstream's backend and empty conditions are accepted", async () => {
  using node = newNode();
  const pod = podOf(node);
  await pod.add({
    ...withPorts(web),
    backend: "iptables",
    conditionsV4: [],
    conditionsV6: [""],
    externalSetMarkChain: "",
  });
  assert(node.logged.some((line) => line.startsWith("warn") && line.includes("nftables maps the ports all the same")));
  await node.status({});
});

Deno.test("whichever host call fails, the error says so, and nothing is left", async () => {
  await assertEveryFaultIsUndone(() => {
    const node = newNode();
    const pod = podOf(node);
    return { node, run: () => pod.add(withPorts(web)) };
  });
});

Deno.test("the README has the options as they are", async () => {
  await assertReadmeIsCurrent(new URL("README.md", import.meta.url), schema);
});
