// A pod that is held has to be one to the contestant as well: its DEL removes what it has, and nothing else.

import { assertEquals } from "@std/assert";
import { attachment } from "../e2e/networks.ts";
import { goMissing } from "../e2e/targets.ts";
import { programMissing, UPSTREAM_PLUGINS } from "../lab/go_program.ts";
import { labTestNeeding } from "../lab/isolation.ts";
import { BASE, contestants } from "./contestants.ts";
import { addressAfter, hold, idOf } from "./hold.ts";
import { Lane } from "./lane.ts";
import { SUBNETS } from "./scenarios.ts";

const subnets = Object.values(SUBNETS);

/** What the packet filter has of a pod, by its addresses. */
async function rulesOf({ node: { namespace } }: Lane, addresses: readonly string[]): Promise<number> {
  const ruleset = await namespace.must(["nft", "list", "ruleset"]);
  const words = ruleset.split(/[\s,]+/);
  return addresses.filter((address) => words.includes(address)).length;
}

Deno.test("addressAfter() counts on, in both families", () => {
  assertEquals(addressAfter("10.22.0.2", 255), "10.22.1.1");
  assertEquals(addressAfter("fd00:22::2", 65_534), "fd00:22::1:0");
});

const measured: [string, string | undefined][] = [
  ["Go, Debian's, iptables", goMissing()],
  [BASE, UPSTREAM_PLUGINS.map(programMissing).find((why) => why !== undefined)],
  ["cnidaria, cold", undefined],
];

for (const [label, missing] of measured) {
  Deno.test({
    ...labTestNeeding(`${label}: the DEL of a pod that is held removes its leases and rules alone`, missing),
    fn: async () => {
      const { found, missing: without } = await contestants();
      const contestant = found.find((it) => it.label === label);
      if (contestant === undefined) throw new Error(`Cannot hold pods as there is no ${label}: ${without.join("; ")}`);
      await using lane = await Lane.create(contestant, new AbortController().signal);
      await hold(lane, subnets, 4);
      const addresses = (pod: number) => ["10.22.0.2", "fd00:22::2"].map((first) => addressAfter(first, pod));
      for (let pod = 0; pod < 4; pod++) assertEquals(await rulesOf(lane, addresses(pod)), 2);
      const network = lane.network(subnets, true);
      // Upstream takes the addresses of the rules from the link: this pod has one.
      const pod = await lane.node.pod();
      await pod.ip("link add eth0 type veth peer name other");
      for (const address of addresses(2)) await pod.ip(`address add ${address} dev eth0 nodad`);
      await lane.call("DEL", network, { containerId: idOf(2), ifname: "eth0", netns: pod });
      const left = await Promise.all([0, 1, 2, 3].map((pod) => rulesOf(lane, addresses(pod))));
      assertEquals(left, [2, 2, 0, 2]);
      // The addresses of the three others are not given again.
      const added = await lane.call("ADD", network, attachment(await lane.node.pod()));
      const { ips } = JSON.parse(added.stdout) as { ips: { address: string }[] };
      assertEquals(ips.map(({ address }) => address), ["10.22.0.6/16", "fd00:22::6/112"]);
    },
  });
}
