// A plugin that was built with an earlier version of the contract runs on this host, by the real protocol in a real pod.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { CONTRACT_VERSION, isServed } from "../../host-funcs/wit/contract.ts";
import { Guest } from "../e2e/guest.ts";
import { link } from "../e2e/kernel.ts";
import { attachment, bridgeNetwork, VERSION } from "../e2e/networks.ts";
import { type Config, fail, succeed } from "../lab/cni_call.ts";
import { labTest } from "../lab/isolation.ts";
import { Node } from "../lab/node.ts";
import { buildFrozen, frozenVersions, NAME } from "./frozen_plugin.ts";

/** What builds ends when it likes. */
const builds = { sanitizeOps: false, sanitizeResources: false };
const config: Config = { cniVersion: VERSION, name: "blue", type: `cnidaria-${NAME}`, mtu: 1400 };

async function withFrozen(version: string, test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "cnidaria-frozen-" });
  try {
    await buildFrozen(version, folder);
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const version of frozenVersions().filter((it) => isServed(it))) {
  Deno.test({
    ...builds,
    ...labTest(`a plugin that was built with contract ${version} runs on both engines`),
    fn: () =>
      withFrozen(version, async (folder) => {
        await using guest = await Guest.with(NAME, folder);
        await using node = await Node.create();
        const allowed = await guest.checkout(node, "allow", NAME, "--yes");
        assertEquals(allowed.code, 0, allowed.stderr);
        for (const engine of ["wasmtime", "v8"]) {
          const target = guest.target(engine);
          const pod = await node.pod();
          const at = attachment(pod);
          const prevResult = await succeed(target, node, "ADD", bridgeNetwork(node), at);
          const result = await succeed(target, node, "ADD", { ...config, prevResult }, at);
          assertEquals((await link(pod, "eth0"))?.mtu, 1400, engine);
          await succeed(target, node, "CHECK", { ...config, prevResult: result }, at);
          const checked = await fail(target, node, "CHECK", { ...config, mtu: 1300, prevResult: result }, at);
          assertEquals([checked.code, checked.msg], [100, "MTU of eth0 is 1400"]);
          await succeed(target, node, "DEL", { ...config, prevResult: result }, at);
          assertEquals((await link(pod, "eth0"))?.mtu, 1500, engine);
          await succeed(target, node, "DEL", bridgeNetwork(node), at);
        }
        const { stdout } = await guest.installed(node, "inspect", NAME);
        assertStringIncludes(stdout, `cnidaria:cni ${version}; this host has ${CONTRACT_VERSION}\n`);
        assertStringIncludes((await guest.installed(node, "list")).stdout, `cni         ${version}`);
      }),
  });
}
