// A result has the form of the spec version that the configuration asks for.

import { assertEquals } from "@std/assert";
import { call, type Config, succeed } from "../lab/cni_call.ts";
import { eachEngine, eachTarget } from "./each_target.ts";
import { link } from "./kernel.ts";
import { attachment, bridgeNetwork, hostLocal } from "./networks.ts";

const OLD = ["0.1.0", "0.2.0"];
const NEW = ["0.3.0", "0.3.1", "0.4.0", "1.0.0"];

for (const cniVersion of OLD) {
  eachTarget(`ADD answers in the form of ${cniVersion}`, async (target, node) => {
    const network = bridgeNetwork(node, { cniVersion, ipam: hostLocal(node, ["10.22.0.0/24", "fd00:22::/64"]) });
    const result = await succeed(target, node, "ADD", network, attachment(await node.pod()));
    assertEquals(result.cniVersion, cniVersion);
    assertEquals([result.ip4?.ip, result.ip4?.gateway], ["10.22.0.2/24", "10.22.0.1"]);
    assertEquals([result.ip6?.ip, result.ip6?.gateway], ["fd00:22::2/64", "fd00:22::1"]);
    assertEquals(result.ip4?.routes?.map((route) => route.dst), ["0.0.0.0/0"]);
    assertEquals(result.interfaces, undefined);
    assertEquals(result.ips, undefined);
  });
}

for (const cniVersion of NEW) addTest(cniVersion, eachTarget);
addTest("1.1.0", eachEngine);

function addTest(cniVersion: string, each: typeof eachTarget): void {
  each(`ADD answers in the form of ${cniVersion}`, async (target, node) => {
    const pod = await node.pod();
    const network = bridgeNetwork(node, { cniVersion });
    const result = await succeed(target, node, "ADD", network, attachment(pod));
    assertEquals(result.cniVersion, cniVersion);
    assertEquals(result.ips?.[0]?.address, "10.22.0.2/24");
    assertEquals(result.ips?.[0]?.version, cniVersion.startsWith("0.") ? "4" : undefined);
    const inside = result.interfaces?.find((entry) => entry.sandbox === pod.path);
    assertEquals(inside?.mac, (await link(pod, "eth0"))?.address);
    assertEquals(inside?.mtu, cniVersion === "1.1.0" ? 1500 : undefined);
    await succeed(target, node, "DEL", network, attachment(pod, { containerId: "nobody" }));
  });
}

eachTarget("VERSION names the versions, without a configuration of use", async (target, node) => {
  const network = { cniVersion: "1.0.0", name: "x", type: "bridge" };
  const { code, stdout } = await call(target, node, "VERSION", network, { containerId: "", ifname: "", netns: "" });
  assertEquals(code, 0);
  const { supportedVersions } = JSON.parse(stdout) as { supportedVersions: string[] };
  for (const version of [...OLD, ...NEW]) assertEquals(supportedVersions.includes(version), true, version);
  assertEquals(supportedVersions.includes("1.1.0"), target.ours);
});

eachEngine("GC releases what is in no valid attachment, and nothing else", async (target, node) => {
  const network = bridgeNetwork(node, { cniVersion: "1.1.0", ipMasq: true });
  const [kept, stale] = [await node.pod(), await node.pod()];
  const keptAt = attachment(kept);
  await succeed(target, node, "ADD", network, keptAt);
  await succeed(target, node, "ADD", network, attachment(stale));
  const valid = [{ containerID: keptAt.containerId, ifname: keptAt.ifname }];
  const collect: Config = { ...network, "cni.dev/valid-attachments": valid };
  await succeed(target, node, "GC", collect, { containerId: "", ifname: "", netns: "" });
  const rules = await node.namespace.must(["nft", "list", "ruleset"]);
  assertEquals([rules.includes("10.22.0.2"), rules.includes("10.22.0.3")], [true, false]);
  assertEquals(await kept.ping("10.22.0.1"), true);
  const next = await succeed(
    target,
    node,
    "ADD",
    bridgeNetwork(node, { cniVersion: "1.1.0" }),
    attachment(stale, { ifname: "net1" }),
  );
  assertEquals(next.ips?.length, 1);
});

eachEngine(
  "STATUS succeeds with a pool that has room, and fails with code 50 or 51 when it has none",
  async (target, node) => {
    const network = bridgeNetwork(node, { cniVersion: "1.1.0", ipam: hostLocal(node, ["10.22.0.0/30"]) });
    const nobody = { containerId: "", ifname: "", netns: "" };
    await succeed(target, node, "STATUS", network, nobody);
    await succeed(target, node, "ADD", network, attachment(await node.pod()));
    const { code, stdout } = await call(target, node, "STATUS", network, nobody);
    assertEquals(code === 0, false);
    assertEquals([50, 51].includes((JSON.parse(stdout) as { code: number }).code), true, stdout);
  },
);
