// An installation is repeated, each time as another release, while a runtime goes on making calls.

import { assert, assertEquals } from "@std/assert";
import { call } from "../lab/cni_call.ts";
import { must } from "../lab/command.ts";
import { labTest } from "../lab/isolation.ts";
import { Node } from "../lab/node.ts";
import { attachment, bridgeNetwork } from "./networks.ts";

const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** The built program under another content, so that it is another release. */
async function builtAs(folder: string, version: string): Promise<string> {
  const dist = `${folder}/${version}`;
  await must(["cp", "-r", `${root}/dist`, dist]);
  await Deno.writeTextFile(`${dist}/version-of-the-test`, version);
  return dist;
}

Deno.test({
  ...labTest("an installation over a running one fails no call, whatever moment it comes at"),
  fn: async () => {
    await using node = await Node.create();
    const bin = `${node.directory}/bin`;
    await Deno.mkdir(bin);
    await Deno.writeTextFile(`${bin}/bridge`, "another's", { mode: 0o755 });
    const dists = [await builtAs(node.directory, "one"), await builtAs(node.directory, "two")];
    const command = (words: string[], dist: string) =>
      must([Deno.execPath(), "run", "-A", "--no-lock", `${dist}/cnidaria.js`, ...words], { limit: 60_000 });
    const where = [bin, "--prefix", `${node.directory}/prefix`];
    const install = (dist: string) => command(["install", ...where, "--drop-in", "bridge", "--force"], dist);
    await install(dists[0]!);

    const environment = () => ({ CNIDARIA_STATE: node.stateDirectory, CNIDARIA_AGENT: "off" });
    const target = { name: "installed", ours: true, directory: bin, environment };
    const network = bridgeNetwork(node);
    const pod = await node.pod();
    let over = false;
    const calls = (async () => {
      const codes: number[] = [];
      for (let i = 0; !over; i++) {
        const at = attachment(pod, { containerId: `pod-${i}` });
        for (const verb of ["ADD", "DEL"] as const) codes.push((await call(target, node, verb, network, at)).code);
      }
      return codes;
    })();
    try {
      for (const dist of [dists[1]!, dists[0]!]) await install(dist);
    } finally {
      over = true;
    }
    const codes = await calls;
    assert(codes.length >= 10, `too few calls to tell: ${codes.length}`);
    assertEquals(codes.filter((code) => code !== 0), []);

    await command(["uninstall", ...where], dists[0]!);
    assertEquals([...Deno.readDirSync(bin)].map(({ name }) => name), ["bridge"]);
    assertEquals(await Deno.readTextFile(`${bin}/bridge`), "another's");
    assertEquals([...Deno.readDirSync(`${node.directory}/prefix`)].map(({ name }) => name), [".lock"]);
  },
});
