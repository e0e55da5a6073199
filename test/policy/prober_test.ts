import { assert, assertEquals } from "@std/assert";
import { labTestNeeding } from "../lab/isolation.ts";
import type { Namespace } from "../lab/namespace.ts";
import { PLACES, SPARE } from "./places.ts";
import { PolicyLab, whyNoPolicyLab } from "./policy_lab.ts";
import { allProbes, type Probe, Prober, textOf } from "./prober.ts";

const PODS = [...PLACES, ...SPARE].map(({ name }) => name);
const OTHERS = ["one", "two", "outside"];

function rules(node: Namespace, text: string): Promise<string> {
  return node.must(["nft", "-f", "-"], {
    input: `table inet test
      delete table inet test
      table inet test { chain forward { type filter hook forward priority 0; ${text}\n}\n}`,
  });
}

Deno.test({
  ...labTestNeeding("the prober sees what passes, and nothing else", whyNoPolicyLab()),
  async fn() {
    await using lab = await PolicyLab.create();
    using prober = new Prober([...PODS, ...OTHERS].map((name) => lab.endpoint(name)));
    const probes = allProbes(PODS, OTHERS);
    const missing = (seen: boolean[], expected: (probe: Probe) => boolean) =>
      probes.filter((probe, at) => expected(probe) !== seen[at]).map(textOf);
    const everywhere = async (text: string) => {
      for (const node of Object.values(lab.nodes)) await rules(node, text);
    };
    prober.settle(probes);
    assertEquals(missing(prober.run(probes), () => true), []);

    const own = new Map([...PLACES, ...SPARE].map(({ name, node }) => [name, node as string]));
    const isForwarded = ({ from, to }: Probe) => from !== to && own.get(from) !== to && own.get(to) !== from;
    await everywhere("icmpv6 type { 135, 136 } accept; drop");
    assertEquals(missing(prober.run(probes), (probe) => !isForwarded(probe)), []);

    await everywhere("ct state established accept; icmpv6 type { 135, 136 } accept; tcp dport 80 accept; drop");
    assertEquals(
      missing(prober.run(probes), (it) => !isForwarded(it) || it.protocol === "TCP" && it.port === 80),
      [],
    );
    await everywhere(
      "ct state established accept; icmpv6 type { 135, 136 } accept; meta nfproto ipv4 sctp dport 81 accept; drop",
    );
    assertEquals(
      missing(
        prober.run(probes),
        (it) => !isForwarded(it) || it.protocol === "SCTP" && it.port === 81 && it.family === 4,
      ),
      [],
    );
    await everywhere("meta l4proto udp drop");
    assertEquals(missing(prober.run(probes), (it) => !isForwarded(it) || it.protocol !== "UDP"), []);
    assert(probes.length > 2000);
  },
});
