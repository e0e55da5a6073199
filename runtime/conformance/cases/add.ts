// Section 2: ADD.

import { type Case, expect } from "../case.ts";
import { failureOf } from "../error_result.ts";
import { addressesOf } from "../sample.ts";

/** Attachments at the same time. */
const PARALLEL = 6;
/** Milliseconds for one ADD: far from what it takes, and from what a kubelet waits. */
const TIME_MS = 10_000;

export const ADD: readonly Case[] = [
  {
    id: "2.add.interface",
    title: "ADD makes the interface that CNI_IFNAME names",
    expected: "net7 is in the pod, and up; there is no eth0",
    run: async (bench) => {
      const at = bench.attachment({ ifname: "net7" });
      const start = Date.now();
      await bench.add(at);
      expect(Date.now() - start < TIME_MS, `it took ${Date.now() - start} ms`);
      const link = await at.pod.link("net7");
      expect(link !== undefined, "there is no net7");
      expect(link.flags.includes("UP"), `net7 is not up: ${link.flags}`);
      expect(await at.pod.link("eth0") === undefined, "there is an eth0");
    },
  },
  {
    id: "2.add.twice",
    title: "ADD of an attachment that there is",
    expected: "an error, and the attachment stays as it was",
    run: async (bench) => {
      const at = bench.attachment();
      await bench.add(at);
      const before = await at.pod.link(at.ifname);
      // Another cache: the runtime's own record must not stop it.
      await failureOf(bench.chain(bench.list(), "other").add(bench.callOf(at)), "the second ADD succeeded");
      const after = await at.pod.link(at.ifname);
      expect(JSON.stringify(after?.addr_info) === JSON.stringify(before?.addr_info), "the attachment was changed");
    },
  },
  {
    id: "2.add.ifname-taken",
    title: "ADD where the pod has an interface of that name",
    expected: "an error, and that interface stays",
    run: async (bench) => {
      const at = bench.attachment();
      await at.pod.ip("link add eth0 type veth peer name other");
      const mac = (await at.pod.link("eth0"))?.address;
      await failureOf(bench.add(at), "it succeeded");
      expect((await at.pod.link("eth0"))?.address === mac, "the interface was taken away");
    },
  },
  {
    id: "2.add.second-interface",
    title: "a second interface for a container",
    expected: "each has an address of its own, and the DEL of one spares the other",
    run: async (bench) => {
      const first = bench.attachment();
      const second = { ...first, ifname: "net1" };
      const taken = addressesOf(await bench.add(first));
      const other = addressesOf(await bench.add(second));
      expect(taken.every((address) => !other.includes(address)), `both have ${taken}`);
      await bench.del(first);
      expect(await first.pod.link("net1") !== undefined, "net1 has gone with eth0");
      expect(await first.pod.link("eth0") === undefined, "eth0 is still there");
    },
  },
  {
    id: "2.add.parallel",
    title: `${PARALLEL} ADDs at the same time`,
    expected: "all succeed, and no address is given twice",
    run: async (bench) => {
      const all = Array.from({ length: PARALLEL }, () => bench.attachment());
      const results = await Promise.all(all.map((at) => bench.add(at)));
      const addresses = results.flatMap(addressesOf);
      expect(new Set(addresses).size === addresses.length, `given twice: ${addresses.sort().join(", ")}`);
      await Promise.all(all.map((at) => bench.del(at)));
    },
  },
];
