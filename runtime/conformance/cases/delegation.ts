// Section 4: the plugin runs another one, its IPAM plugin: one of the suite's own, in CNI_PATH.

import { isObject } from "../../cli/libcni/network_list.ts";
import { type Bench, PluginFailed } from "../bench.ts";
import { type Case, expect, NotApplicable } from "../case.ts";
import { errorOf, failureOf } from "../error_result.ts";
import { DELEGATED_ADDRESS, writeIpam } from "../recorder.ts";
import { addressesOf } from "../sample.ts";

const NAME = "cnidaria-conformance-ipam";

/** The configuration with the suite's IPAM plugin, and the folder that the plugin keeps its calls in. */
async function delegated(bench: Bench, answer?: string) {
  const dir = `${bench.node.directory}/delegate`;
  await writeIpam(dir, NAME, bench.version, answer);
  bench.path = `${bench.subject.binDir}:${dir}`;
  const list = listWith(bench, NAME);
  const read = (name: string) => Deno.readTextFile(`${dir}/calls/${name}`).catch(() => undefined);
  return { list, read };
}

function listWith(bench: Bench, type: string) {
  return bench.list((plugins) => {
    const index = plugins.findIndex(({ ipam }) => isObject(ipam) && typeof ipam.type === "string");
    if (index < 0) throw new NotApplicable("the configuration delegates to no IPAM plugin");
    return plugins.with(index, { ...plugins[index]!, ipam: { type, "example.com/key": [1] } });
  });
}

export const DELEGATION: readonly Case[] = [
  {
    id: "4.add",
    title: "ADD asks the IPAM plugin of CNI_PATH",
    expected: "the same parameters, the whole configuration on stdin, and the address that it gave",
    run: async (bench) => {
      const { list, read } = await delegated(bench);
      const at = bench.attachment();
      const given = addressesOf(await bench.add(at, list));
      expect(given.join() === DELEGATED_ADDRESS, `the result has ${given.join() || "no address"}`);
      const env = await read("ADD");
      expect(env !== undefined, "the IPAM plugin was not called");
      const lines = env.split("\n");
      const { containerId, ifname, pod } = at;
      for (
        const line of [
          `CNI_CONTAINERID=${containerId}`,
          `CNI_IFNAME=${ifname}`,
          `CNI_NETNS=${pod.path}`,
          `CNI_PATH=${bench.path}`,
        ]
      ) {
        expect(lines.includes(line), `it was called without ${line}`);
      }
      const input = JSON.parse(await read("ADD.stdin") ?? "null");
      expect(
        isObject(input) && input.name === list.name && input.cniVersion === list.cniVersion,
        "name or cniVersion is missing on its stdin",
      );
      expect(
        isObject(input.ipam) && JSON.stringify(input.ipam["example.com/key"]) === "[1]",
        "a key of ipam did not reach it",
      );
    },
  },
  {
    id: "4.del",
    title: "DEL asks the IPAM plugin",
    expected: "it is called with DEL",
    run: async (bench) => {
      const { list, read } = await delegated(bench);
      const at = bench.attachment();
      await bench.add(at, list);
      await bench.del(at, list);
      expect(await read("DEL") !== undefined, "the IPAM plugin was not called");
    },
  },
  {
    id: "4.check",
    title: "CHECK asks the IPAM plugin",
    expected: "it is called with CHECK",
    since: "0.4.0",
    run: async (bench) => {
      const { list, read } = await delegated(bench);
      const at = bench.attachment();
      await bench.add(at, list);
      await bench.check(at, list);
      expect(await read("CHECK") !== undefined, "the IPAM plugin was not called");
    },
  },
  {
    id: "4.failure",
    title: "ADD where the IPAM plugin fails",
    expected: "an error with what the IPAM plugin said, and no interface after DEL",
    run: async (bench) => {
      const said = "no address left, says the suite";
      const { list } = await delegated(bench, JSON.stringify({ cniVersion: bench.version, code: 142, msg: said }));
      const at = bench.attachment();
      const failure = await failureOf(bench.add(at, list), "it succeeded");
      expect(failure.message.includes(said), failure.message);
      await bench.del(at, list);
      expect(await at.pod.link(at.ifname) === undefined, `${at.ifname} was left behind`);
    },
  },
  {
    id: "4.missing",
    title: "ADD where CNI_PATH has no such IPAM plugin",
    expected: "an error result",
    run: async (bench) => {
      const at = bench.attachment();
      const failure = await failureOf(bench.add(at, listWith(bench, `${NAME}-none`)), "it succeeded");
      expect(failure instanceof PluginFailed, failure.message);
      errorOf(failure.outcome);
    },
  },
];
