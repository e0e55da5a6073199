// Section 3: a list of plugins, carried out with the suite as the runtime and recorders between the plugins.

import { isObject } from "../../cli/libcni/network_list.ts";
import type { Bench } from "../bench.ts";
import { type Case, expect, NotApplicable } from "../case.ts";
import { failureOf } from "../error_result.ts";
import { recorder } from "../recorder.ts";

const withRecorders = (bench: Bench) => bench.list((plugins) => [...plugins, recorder("first"), recorder("second")]);

const called = (bench: Bench) => bench.recorder.calls.map(({ command, type }) => `${command} ${type}`).join(", ");

export const EXECUTION: readonly Case[] = [
  {
    id: "3.order",
    title: "plugins of a list are called in order for ADD, in reverse order for DEL",
    expected: "ADD first, ADD second, DEL second, DEL first",
    run: async (bench) => {
      const at = bench.attachment();
      await bench.add(at, withRecorders(bench));
      await bench.del(at, withRecorders(bench));
      expect(called(bench) === "ADD first, ADD second, DEL second, DEL first", called(bench));
    },
  },
  {
    id: "3.prev-result",
    title: "the result goes down the list, and to CHECK and DEL",
    expected: "what the list's plugins answered, unaltered",
    since: "0.4.0",
    each: true,
    run: async (bench) => {
      const at = bench.attachment();
      const list = withRecorders(bench);
      const result = JSON.stringify(await bench.add(at, list));
      await bench.check(at, list);
      await bench.del(at, list);
      for (const { command, type, input } of bench.recorder.calls) {
        const found = JSON.stringify(input.prevResult);
        expect(found === result, `${command} of ${type} got ${found}, not ${result}`);
      }
    },
  },
  {
    id: "3.pass-through",
    title: "each later plugin of the list answers what it got as prevResult",
    expected: "interfaces and addresses of the plugins before it",
    since: "0.3.0",
    run: async (bench) => {
      const count = bench.list().plugins.length;
      if (count < 2) throw new NotApplicable("the list has one plugin");
      const watched = bench.list((plugins) => plugins.flatMap((plugin, index) => [plugin, recorder(`after-${index}`)]));
      await bench.add(bench.attachment(), watched);
      const results = bench.recorder.calls.map(({ input }) => input.prevResult);
      for (const [index, result] of results.entries()) {
        const before = results[index - 1];
        if (!isObject(before) || !isObject(result)) continue;
        const addresses = (it: Record<string, unknown>) => JSON.stringify(it.ips);
        expect(addresses(result) === addresses(before), `plugin ${index} changed ips to ${addresses(result)}`);
        const names = (it: Record<string, unknown>) =>
          Array.isArray(it.interfaces) ? it.interfaces.map(({ name }) => name as string) : [];
        const lost = names(before).filter((name) => !names(result).includes(name));
        expect(lost.length === 0, `plugin ${index} lost interface ${lost}`);
      }
    },
  },
  {
    id: "3.failure",
    title: "a plugin that fails ends the ADD",
    expected: "plugins after it are not called by ADD, and all by DEL",
    run: async (bench) => {
      const list = bench.list((plugins) => [...plugins, recorder("first", true), recorder("second")]);
      const at = bench.attachment();
      await failureOf(bench.add(at, list), "the ADD did not fail");
      await bench.del(at, list);
      expect(called(bench) === "ADD first, DEL second, DEL first", called(bench));
    },
  },
  {
    id: "3.del.no-cache",
    title: "DEL by a runtime that has lost the result",
    expected: "it succeeds without prevResult, and the interface is gone",
    run: async (bench) => {
      const at = bench.attachment();
      await bench.add(at);
      await bench.chain(bench.list(), "lost").del(bench.callOf(at));
      expect(await at.pod.link(at.ifname) === undefined, `${at.ifname} is still there`);
    },
  },
];
