import { assertEquals, assertRejects } from "@std/assert";
import { CommandFailure } from "../output.ts";
import { Chain, type ChainCall, type Invoke } from "./chain.ts";
import { parseNetworkList } from "./network_list.ts";
import { ResultCache } from "./result_cache.ts";

const call: ChainCall = {
  attachment: { containerId: "c1", netns: "/run/netns/c1", ifname: "eth0", args: "K8S_POD_NAME=a=b;IgnoreUnknown=1" },
  capabilityArgs: {},
  path: "/opt/cni/bin",
};

/** A chain over plugins that answer with their own name, and a record of what each was asked. */
async function withChain(
  list: Record<string, unknown>,
  body: (chain: Chain, asked: string[], dir: string) => Promise<void>,
  fails: (asked: string) => boolean = () => false,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  const asked: string[] = [];
  const invoke: Invoke = (type, input, { command }) => {
    const { prevResult } = JSON.parse(input);
    asked.push(`${command} ${type} ${prevResult?.by ?? "-"}`);
    if (fails(asked.at(-1)!)) return Promise.reject(new CommandFailure(`${type} failed`));
    return Promise.resolve({ by: type });
  };
  try {
    const text = JSON.stringify({ name: "n", plugins: [{ type: "bridge" }, { type: "portmap" }], ...list });
    await body(new Chain(parseNetworkList(text, "f"), new ResultCache(dir), invoke), asked, dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("add, check and del run the plugins in libcni's order, with the results that it hands on", () =>
  withChain({ cniVersion: "1.0.0" }, async (chain, asked, dir) => {
    assertEquals(await chain.add(call), { by: "portmap" });
    await chain.check(call);
    await chain.del(call);
    await chain.del(call);
    assertEquals(asked, [
      "ADD bridge -",
      "ADD portmap bridge",
      "CHECK bridge portmap",
      "CHECK portmap portmap",
      "DEL portmap portmap",
      "DEL bridge portmap",
      "DEL portmap -",
      "DEL bridge -",
    ]);
    assertEquals([...Deno.readDirSync(`${dir}/results`)], []);
  }));

Deno.test("add keeps its result in libcni's form", () =>
  withChain({ cniVersion: "1.0.0" }, async (chain, _asked, dir) => {
    await chain.add(call);
    const { config: _, ...kept } = JSON.parse(await Deno.readTextFile(`${dir}/results/n-c1-eth0`));
    assertEquals(kept, {
      kind: "cniCacheV1",
      containerId: "c1",
      ifName: "eth0",
      networkName: "n",
      netns: "/run/netns/c1",
      cniArgs: [["K8S_POD_NAME", "a=b"], ["IgnoreUnknown", "1"]],
      capabilityArgs: {},
      result: { by: "portmap" },
    });
  }));

Deno.test("an ADD that fails is not kept", () =>
  withChain({ cniVersion: "1.0.0" }, async (chain, _asked, dir) => {
    await assertRejects(() => chain.add(call), CommandFailure, "portmap failed");
    await assertRejects(() => Deno.stat(`${dir}/results`), Deno.errors.NotFound);
  }, (asked) => asked.startsWith("ADD portmap")));

Deno.test("gc tells every plugin, and tells every failure", () =>
  withChain({ cniVersion: "1.1.0" }, async (chain, asked) => {
    await assertRejects(() => chain.gc([], "/"), CommandFailure, "bridge failed\nportmap failed");
    assertEquals(asked, ["GC bridge -", "GC portmap -"]);
  }, () => true));

Deno.test("disableCheck and disableGC call nothing", () =>
  withChain({ cniVersion: "1.1.0", disableCheck: true, disableGC: true }, async (chain, asked) => {
    await chain.check(call);
    await chain.gc([], "/");
    assertEquals(asked, []);
  }));

Deno.test("verbs that the list's version has not are refused", () =>
  withChain({ cniVersion: "0.3.1" }, async (chain) => {
    await assertRejects(() => chain.check(call), CommandFailure, "0.4.0");
    await assertRejects(() => chain.gc([], "/"), CommandFailure, "1.1.0");
    await assertRejects(() => chain.status("/"), CommandFailure, "1.1.0");
  }));
