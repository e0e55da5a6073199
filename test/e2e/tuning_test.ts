// tuning, after another plugin.

import { assert, assertEquals } from "@std/assert";
import { type Config, fail, succeed } from "../lab/cni_call.ts";
import { addChain, checkChain, delChain } from "./chain.ts";
import { eachTarget } from "./each_target.ts";
import { link } from "./kernel.ts";
import { attachment, bridgeNetwork, VERSION } from "./networks.ts";

const MAC = "02:00:00:00:00:42";

function tuning(rest: Record<string, unknown>): Config {
  return { cniVersion: VERSION, name: "blue", type: "tuning", ...rest };
}

eachTarget(
  "tuning sets what it is asked for, CHECK sees that it is gone, DEL puts back what was",
  async (target, node) => {
    const pod = await node.pod();
    const at = attachment(pod);
    const parameter = async (key: string) => (await pod.must(["cat", `/proc/sys/net/${key}`])).trim();
    const sysctl = { "net.ipv4.conf.eth0.arp_filter": "1", "net.core.somaxconn": "500" };
    const config = tuning({
      mac: MAC,
      mtu: 1400,
      promisc: true,
      allmulti: true,
      txQLen: 500,
      sysctl,
      dataDir: `${node.directory}/t`,
    });
    const made = await succeed(target, node, "ADD", bridgeNetwork(node), at);
    const before = await link(pod, "eth0");
    const somaxconn = await parameter("core/somaxconn");
    const chain = [{ target, config: bridgeNetwork(node) }, { target, config }];
    const result = await succeed(target, node, "ADD", { ...config, prevResult: made }, at);
    assertEquals(result.interfaces?.find((it) => it.sandbox)?.mac, MAC);
    assertEquals(result.ips, made.ips);
    const tuned = await link(pod, "eth0");
    assertEquals([tuned?.address, tuned?.mtu], [MAC, 1400]);
    // Debian's does not know of queues yet.
    if (target.ours) assertEquals(tuned?.txqlen, 500);
    assert(tuned?.flags.includes("PROMISC") && tuned.flags.includes("ALLMULTI"), `${tuned?.flags}`);
    assertEquals([await parameter("ipv4/conf/eth0/arp_filter"), await parameter("core/somaxconn")], ["1", "500"]);
    await checkChain(chain.slice(1), node, at, result);
    await pod.ip("link set eth0 mtu 1500");
    await fail(target, node, "CHECK", { ...config, prevResult: result }, at);
    await succeed(target, node, "DEL", { ...config, prevResult: result }, at);
    const after = await link(pod, "eth0");
    assertEquals([after?.address, after?.mtu, after?.flags.toSorted()], [
      before?.address,
      before?.mtu,
      before?.flags.toSorted(),
    ]);
    // Upstream's puts back attributes of the link alone.
    if (target.ours) {
      assertEquals(after?.txqlen, before?.txqlen);
      const parameters = [await parameter("ipv4/conf/eth0/arp_filter"), await parameter("core/somaxconn")];
      assertEquals(parameters, ["0", somaxconn]);
    }
    await succeed(target, node, "DEL", { ...config, prevResult: result }, at);
    await delChain(chain.slice(0, 1), node, at, result);
  },
);

eachTarget("tuning takes its MAC from CNI_ARGS, and is nothing without a result before it", async (target, node) => {
  const pod = await node.pod();
  const at = attachment(pod, { args: `IgnoreUnknown=1;MAC=${MAC};K8S_POD_NAME=web` });
  await fail(target, node, "ADD", tuning({}), at);
  const chain = [bridgeNetwork(node), tuning({ dataDir: `${node.directory}/t` })].map((config) => ({ target, config }));
  const result = await addChain(chain, node, at);
  assertEquals((await link(pod, "eth0"))?.address, MAC);
  await delChain(chain, node, at, result);
  await fail(target, node, "ADD", { ...tuning({ sysctl: { "kernel.shmmax": "1" } }), prevResult: result }, at);
});
