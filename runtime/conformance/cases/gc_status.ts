// Section 2: GC and STATUS.

import { type Case, expect } from "../case.ts";
import { errorOf } from "../error_result.ts";
import { smallPool } from "../pool.ts";
import { said } from "../process.ts";
import { addressesOf } from "../sample.ts";

export const GC_STATUS: readonly Case[] = [
  {
    id: "2.gc.stale",
    title: "GC with one of two attachments valid, of a pool of two addresses",
    expected: "the other's address is free again, and the valid one is as it was",
    since: "1.1.0",
    run: async (bench) => {
      const list = bench.list(smallPool(2));
      const [stale, valid, next] = [bench.attachment(), bench.attachment(), bench.attachment()];
      const freed = addressesOf(await bench.add(stale, list));
      await bench.add(valid, list);
      bench.node.end(stale.pod);
      await bench.gc([valid], list);
      await bench.check(valid, list);
      const given = addressesOf(await bench.add(next, list));
      expect(given.join() === freed.join(), `${freed} was to be given again, not ${given}`);
    },
  },
  {
    id: "2.gc.nothing",
    title: "GC where there is nothing to remove, twice",
    expected: "it succeeds, and spares what is valid",
    since: "1.1.0",
    run: async (bench) => {
      const at = bench.attachment();
      await bench.add(at);
      await bench.gc([at]);
      await bench.gc([at]);
      await bench.check(at);
    },
  },
  {
    id: "2.status.ready",
    title: "STATUS of a network that can be used",
    expected: "it succeeds, and writes nothing on stdout",
    since: "1.1.0",
    run: async (bench) => {
      for (const { type, ...config } of bench.list().plugins) {
        const input = JSON.stringify({ ...config, type, name: bench.list().name, cniVersion: bench.version });
        const outcome = await bench.raw(type, { CNI_COMMAND: "STATUS", CNI_PATH: bench.path }, input);
        expect(outcome.code === 0 && outcome.stdout.trim() === "", `${type}: ${said(outcome)}`);
      }
    },
  },
  ...["GC", "STATUS"].map((command): Case => ({
    id: `2.${command.toLowerCase()}.too-early`,
    title: `${command} with a cniVersion that has none`,
    expected: "an error with code 1 or 4",
    before: "1.1.0",
    each: true,
    run: async (bench) => void errorOf(await bench.first(command), [1, 4]),
  })),
];
