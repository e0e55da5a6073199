// Section 2: CHECK. It has to find what has changed, and to change nothing.

import { isObject } from "../../cli/libcni/network_list.ts";
import { pluginInput } from "../../cli/libcni/plugin_input.ts";
import type { Attachment, Bench } from "../bench.ts";
import { type Case, expect, NotApplicable } from "../case.ts";
import { errorOf, failureOf } from "../error_result.ts";

/** Something is taken away from an attachment, and CHECK has to fail. */
function finds(id: string, what: string, take: (at: Attachment, bench: Bench) => Promise<unknown>): Case {
  return {
    id: `2.check.${id}`,
    title: `CHECK after someone removed ${what}`,
    expected: "an error",
    since: "0.4.0",
    run: async (bench) => {
      const at = bench.attachment();
      await bench.add(at);
      await bench.check(at);
      await take(at, bench);
      await failureOf(bench.check(at), `it succeeded without ${what}`);
    },
  };
}

export const CHECK: readonly Case[] = [
  {
    id: "2.check.intact",
    title: "CHECK after ADD, twice",
    expected: "it succeeds, and changes nothing",
    since: "0.4.0",
    each: true,
    run: async (bench) => {
      const at = bench.attachment();
      await bench.add(at);
      const before = await bench.node.state();
      await bench.check(at);
      await bench.check(at);
      const changed = (await bench.node.state()).filter((line) => !before.includes(line));
      expect(changed.length === 0, `it changed the node: ${changed.slice(0, 3).join("; ")}`);
    },
  },
  finds("address", "the address", async (at) => {
    const info = (await at.pod.link(at.ifname))?.addr_info.find(({ scope }) => scope === "global");
    if (info === undefined) throw new NotApplicable("the interface has no address");
    await at.pod.ip(`address del ${info.local}/${info.prefixlen} dev ${at.ifname}`);
  }),
  finds("interface", "the interface", (at) => at.pod.ip(`link del ${at.ifname}`)),
  finds("route", "the default route", async (at) => {
    const route = (await at.pod.routes()).find(({ dst }) => dst === "default");
    if (route === undefined) throw new NotApplicable("the pod has no default route");
    await at.pod.ip(`${route.gateway?.includes(":") ? "-6 " : ""}route del default`);
  }),
  {
    id: "2.check.other-address",
    title: "CHECK with another address in prevResult than the interface has",
    expected: "an error",
    since: "0.4.0",
    run: async (bench) => {
      const at = bench.attachment();
      const result = await bench.add(at);
      const ips = result.ips;
      if (!Array.isArray(ips) || ips.length === 0) throw new NotApplicable("the result has no address");
      const changed = ips.map((ip) => isObject(ip) ? { ...ip, address: otherHost(String(ip.address)) } : ip);
      const list = bench.list();
      const input = pluginInput(list, list.plugins[0]!, { prevResult: { ...result, ips: changed } });
      errorOf(await bench.first("CHECK", environmentOf(at), input));
    },
  },
  {
    id: "2.check.no-prev-result",
    title: "CHECK without prevResult",
    expected: "an error",
    since: "0.4.0",
    each: true,
    run: async (bench) => {
      const at = bench.attachment();
      await bench.add(at);
      errorOf(await bench.first("CHECK", environmentOf(at)));
    },
  },
  {
    id: "2.check.too-early",
    title: "CHECK with a cniVersion that has none",
    expected: "an error with code 1 or 4",
    before: "0.4.0",
    each: true,
    run: async (bench) => void errorOf(await bench.first("CHECK"), [1, 4]),
  },
];

function environmentOf({ containerId, ifname, pod }: Attachment): Record<string, string> {
  return { CNI_CONTAINERID: containerId, CNI_IFNAME: ifname, CNI_NETNS: pod.path };
}

/** Another address of the same subnet. */
function otherHost(cidr: string): string {
  return cidr.replace(/([0-9a-f]+)\/(\d+)$/, (_, last, length) => `${last === "77" ? "78" : "77"}/${length}`);
}
