// Section 2: DEL. It has to succeed where something is missing, and to leave nothing.

import type { Attachment, Bench } from "../bench.ts";
import { type Case, expect } from "../case.ts";
import { failureOf } from "../error_result.ts";
import { smallPool } from "../pool.ts";
import { recorder } from "../recorder.ts";

/** Addresses of a pool that is used up. */
const POOL = 2;

/** What is on the node after `run` and was not there after another attachment had come and gone. */
async function leftBy(bench: Bench, run: (at: Attachment) => Promise<void>): Promise<void> {
  const first = bench.attachment();
  await bench.add(first);
  await bench.del(first);
  const before = await bench.node.state();
  await run(bench.attachment());
  const after = await bench.node.state();
  const left = after.filter((line) => !before.includes(line));
  expect(left.length === 0, `left on the node: ${left.slice(0, 3).join("; ")}`);
}

export const DEL: readonly Case[] = [
  {
    id: "2.del.interface",
    title: "DEL removes the interface",
    expected: "it is gone from the pod",
    run: async (bench) => {
      const at = bench.attachment();
      await bench.add(at);
      await bench.del(at);
      expect(await at.pod.link(at.ifname) === undefined, `${at.ifname} is still there`);
    },
  },
  {
    id: "2.del.twice",
    title: "DEL of an attachment that was deleted",
    expected: "it succeeds",
    run: async (bench) => {
      const at = bench.attachment();
      await bench.add(at);
      await bench.del(at);
      await bench.del(at);
    },
  },
  {
    id: "2.del.never-added",
    title: "DEL of an attachment that never was",
    expected: "it succeeds",
    each: true,
    run: async (bench) => await bench.del(bench.attachment()),
  },
  {
    id: "2.del.no-netns",
    title: "DEL with an empty CNI_NETNS, after the pod's end",
    expected: "it succeeds",
    run: async (bench) => {
      const at = bench.attachment();
      await bench.add(at);
      bench.node.end(at.pod);
      await bench.del(at, bench.list(), "");
    },
  },
  {
    id: "2.del.netns-gone",
    title: "DEL with the path of a namespace that is gone",
    expected: "it succeeds, and leaves nothing on the node",
    run: (bench) =>
      leftBy(bench, async (at) => {
        await bench.add(at);
        bench.node.end(at.pod);
        await bench.del(at);
      }),
  },
  {
    id: "2.del.node-clean",
    title: "ADD and DEL",
    expected: "links, addresses, routes, rules and packet filter of the node are as before",
    run: (bench) =>
      leftBy(bench, async (at) => {
        await bench.add(at);
        await bench.del(at);
      }),
  },
  {
    id: "2.del.after-failed-add",
    title: "DEL after an ADD that failed in a later plugin of the list",
    expected: "it succeeds, and leaves nothing in the pod or on the node",
    run: (bench) =>
      leftBy(bench, async (at) => {
        const failing = bench.list((plugins) => [...plugins, recorder("failing", true)]);
        await failureOf(bench.add(at, failing), "the ADD did not fail");
        await bench.del(at, failing);
        expect(await at.pod.link(at.ifname) === undefined, `${at.ifname} is still there`);
      }),
  },
  {
    id: "2.del.addresses",
    title: `a pool of ${POOL} addresses, given, released and given again`,
    expected: "an error when it is empty, and all addresses again after DEL",
    run: async (bench) => {
      const list = bench.list(smallPool(POOL));
      for (let round = 1; round <= 2; round++) {
        const all = Array.from({ length: POOL }, () => bench.attachment());
        for (const at of all) await bench.add(at, list);
        const late = bench.attachment();
        await failureOf(bench.add(late, list), `round ${round}: a pool of ${POOL} gave ${POOL + 1} addresses`);
        await bench.del(late, list);
        expect(await late.pod.link(late.ifname) === undefined, "DEL left the interface of the ADD that failed");
        for (const at of all) await bench.del(at, list);
      }
    },
  },
];
