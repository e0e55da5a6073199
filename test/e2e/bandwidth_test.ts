// bandwidth after bridge, with real traffic. What passes is held to the limit, not to what the machine can do: a transfer
// may take longer than it has to.

import { assert, assertEquals } from "@std/assert";
import { type Config, succeed } from "../lab/cni_call.ts";
import type { Namespace } from "../lab/namespace.ts";
import { dumpState } from "../lab/state.ts";
import { throughputMissing, ThroughputServer, type Transfer } from "../lab/throughput.ts";
import { addChain, checkChain, delChain } from "./chain.ts";
import { eachEngine, eachTarget } from "./each_target.ts";
import { attachment, bridgeNetwork, VERSION } from "./networks.ts";

const RATE = 8_000_000;
const BURST = 160_000;
const BYTES = 600_000;
const LIMITS = { ingressRate: RATE, ingressBurst: BURST, egressRate: RATE, egressBurst: BURST };

function network(keys: Record<string, unknown>): Config {
  return { cniVersion: VERSION, name: "blue", type: "bandwidth", ...keys };
}

/** That no more has passed than the rate and one burst, with a tenth for what iperf3 does not see. */
function assertLimited(what: string, { bytes, seconds }: Transfer): void {
  const most = RATE / 8 * seconds + BURST / 8;
  assert(bytes > BYTES / 2, `${what}: only ${bytes} bytes came through`);
  assert(bytes <= most * 1.1, `${what}: ${bytes} bytes in ${seconds} s, more than ${most}`);
}

async function ifbs(node: Namespace): Promise<string[]> {
  return (await node.ipJson<{ ifname: string }[]>("link show type ifb")).map(({ ifname }) => ifname);
}

eachTarget("both directions are limited; CHECK passes, and DEL leaves no device", async (target, node) => {
  const pod = await node.pod();
  const at = attachment(pod);
  // What the configuration itself has goes before what the runtime adds.
  const runtimeConfig = { bandwidth: { ingressRate: RATE / 8, ingressBurst: BURST } };
  const chain = [{ target, config: bridgeNetwork(node) }, { target, config: network({ ...LIMITS, runtimeConfig }) }];
  const result = await addChain(chain, node, at);
  assertEquals((await node.namespace.must(["tc", "qdisc", "show"])).match(/ tbf .*rate 8Mbit /g)?.length, 2);
  const [ifb] = await ifbs(node.namespace);
  const entry = result.interfaces?.at(-1);
  assertEquals([entry?.name, entry?.sandbox ?? ""], [ifb, ""]);
  await checkChain(chain, node, at, result);
  {
    await using server = await ThroughputServer.start(pod, "10.22.0.2");
    assertLimited("ingress", await server.transfer(node.namespace, "receive", BYTES));
    assertLimited("egress", await server.transfer(node.namespace, "send", BYTES));
  }
  await delChain(chain, node, at, result);
  assertEquals(await ifbs(node.namespace), []);
}, throughputMissing());

eachTarget("with the burst that runtimes write for none, short transfers are limited", async (target, node) => {
  const pod = await node.pod();
  const bandwidth = { ingressRate: RATE, ingressBurst: 2 ** 31 - 1 };
  const config = network({ capabilities: { bandwidth: true }, runtimeConfig: { bandwidth } });
  await addChain([{ target, config: bridgeNetwork(node) }, { target, config }], node, attachment(pod));
  await using server = await ThroughputServer.start(pod, "10.22.0.2");
  assertLimited("ingress", await server.transfer(node.namespace, "receive", BYTES));
}, throughputMissing());

eachEngine(
  "DEL by the ledger takes the limits from a link that stays, and needs no pod for the device",
  async (target, node) => {
    const pod = await node.pod();
    const at = attachment(pod);
    const bridge = bridgeNetwork(node);
    const before = await dumpState(node.namespace, { except: ["cni0"], exceptParameters: true });
    const prevResult = await succeed(target, node, "ADD", bridge, at);
    const qdiscs = async () => await node.namespace.must(["tc", "qdisc", "show"]);
    const bare = await qdiscs();
    await succeed(target, node, "ADD", { ...network(LIMITS), prevResult }, at);
    await succeed(target, node, "DEL", network(LIMITS), at);
    assertEquals(await qdiscs(), bare);
    await succeed(target, node, "ADD", { ...network(LIMITS), prevResult }, at);
    await pod.delete();
    const gone = { ...at, netns: pod.path };
    for (const _ of ["once", "and again"]) await succeed(target, node, "DEL", network(LIMITS), gone);
    await succeed(target, node, "DEL", bridge, gone);
    assertEquals(await dumpState(node.namespace, { except: ["cni0"], exceptParameters: true }), before);
  },
);
