// A plugin that did not come with cnidaria, on an installation of its own: refused until an administrator allows it, and
// again once it is not what was allowed.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Config, fail, succeed, type Target } from "../lab/cni_call.ts";
import type { Outcome } from "../lab/command.ts";
import { labTest } from "../lab/isolation.ts";
import { Node } from "../lab/node.ts";
import { builtExample, Guest } from "./guest.ts";
import { link } from "./kernel.ts";
import { attachment, bridgeNetwork, VERSION } from "./networks.ts";

const NAME = "container-mtu";
/** What builds the example, jco and esbuild, ends when it likes. */
const builds = { sanitizeOps: false, sanitizeResources: false };

const config: Config = { cniVersion: VERSION, name: "blue", type: "cnidaria-container-mtu", mtu: 1400 };

/** A pod that bridge has attached. */
async function attached(target: Target, node: Node) {
  const pod = await node.pod();
  const at = attachment(pod);
  const prevResult = await succeed(target, node, "ADD", bridgeNetwork(node), at);
  return { pod, at, prevResult, mtu: async () => (await link(pod, "eth0"))!.mtu };
}

async function ok(outcome: Promise<Outcome>): Promise<string> {
  const { code, stdout, stderr } = await outcome;
  assertEquals(code, 0, stdout + stderr);
  return stdout + stderr;
}

for (const engine of ["wasmtime", "v8"]) {
  Deno.test({
    ...builds,
    ...labTest(`${engine}: a third-party plugin runs as it was allowed, and not before, changed or revoked`),
    fn: async () => {
      await using guest = await Guest.create(NAME);
      await using node = await Node.create();
      const target = guest.target(engine);
      const { pod, at, prevResult, mtu } = await attached(target, node);
      const refused = async (why: string) => {
        const { code, msg, details } = await fail(target, node, "ADD", { ...config, prevResult }, at);
        assertEquals([code, await mtu()], [219, 1500], msg);
        assertStringIncludes(msg, `Cannot run plugin container-mtu `);
        assertStringIncludes(msg, why);
        assertStringIncludes(details ?? "", "plugin allow container-mtu");
      };
      const works = async () => {
        const result = await succeed(target, node, "ADD", { ...config, prevResult }, at);
        assertEquals(await mtu(), 1400);
        await succeed(target, node, "CHECK", { ...config, prevResult: result }, at);
        await succeed(target, node, "DEL", { ...config, prevResult: result }, at);
        // container-mtu has no DEL of its own: the link goes with the pod, and its MTU with the link.
        await pod.ip("link set eth0 mtu 1500");
      };

      await refused("it did not come with cnidaria, and nobody has allowed it: SHA-256 ");
      assertEquals((await guest.installed(node, "allow", "container-mtu")).code, 2);
      await refused("nobody has allowed it");

      await ok(guest.installed(node, "allow", "container-mtu", "--yes"));
      if (engine === "v8") {
        // An installation has no jco, and the glue that came with the plugin is not to be trusted.
        await refused("it was allowed for wasmtime only");
        await Deno.writeTextFile(`${guest.folder}/v8/glue.js`, "throw new Error('not to be trusted')");
        await ok(guest.checkout(node, "allow", "container-mtu", "--yes"));
      }
      await works();
      assertStringIncludes(await ok(guest.installed(node, "list")), "container-mtu  0.1.0    allowed");

      const before = await Deno.readTextFile(`${guest.folder}/plugin.json`);
      await changeComponent(guest.folder);
      await refused("it is not what was allowed: its component is another: SHA-256 ");
      assertStringIncludes(await ok(guest.installed(node, "list")), "container-mtu  0.1.0    changed");
      await Deno.copyFile(`${builtExample(NAME)}/plugin.wasm`, `${guest.folder}/plugin.wasm`);
      const wider = { ...JSON.parse(before), grants: { links: { container: ["*"] } } };
      await Deno.writeTextFile(`${guest.folder}/plugin.json`, JSON.stringify(wider));
      await refused("it is not what was allowed: grants in its plugin.json are ");
      await Deno.writeTextFile(`${guest.folder}/plugin.json`, before);
      await works();

      await ok(guest.installed(node, "revoke", "container-mtu"));
      await refused("nobody has allowed it");
      // What was attached before goes away all the same.
      await succeed(target, node, "DEL", { ...config, prevResult }, at);
      await succeed(target, node, "DEL", bridgeNetwork(node), at);
    },
  });

  Deno.test({
    ...builds,
    ...labTest(`${engine}: limits that an administrator sets count, for what came with cnidaria as well`),
    fn: async () => {
      await using guest = await Guest.create(NAME);
      await using node = await Node.create();
      const target = guest.target(engine);
      await ok(guest.installed(node, "allow", "bridge", "--yes", "--limit", "hostCalls=3"));
      const at = attachment(await node.pod());
      const { msg } = await fail(target, node, "ADD", bridgeNetwork(node), at);
      assertStringIncludes(msg, "it made more host calls than its limit of 3");
      await ok(guest.installed(node, "revoke", "bridge"));
      await succeed(target, node, "ADD", bridgeNetwork(node), at);
    },
  });
}

/** As an update by its author would: another component, and a manifest that knows its digest. */
async function changeComponent(folder: string): Promise<void> {
  const bytes = await Deno.readFile(`${folder}/plugin.wasm`);
  // A custom section at the end: the component does the same as before.
  const changed = new Uint8Array([...bytes, 0x00, 0x03, 0x01, 0x78, 0x00]);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", changed)).toHex();
  const manifest = JSON.parse(await Deno.readTextFile(`${folder}/plugin.json`));
  assert(manifest.build.digest !== digest);
  await Deno.writeFile(`${folder}/plugin.wasm`, changed);
  await Deno.writeTextFile(
    `${folder}/plugin.json`,
    JSON.stringify({ ...manifest, build: { ...manifest.build, digest } }),
  );
}
