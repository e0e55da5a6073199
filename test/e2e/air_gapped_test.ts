// Plugins by way of a file: saved, read by another tool, loaded where there is no network.

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { writeKeys } from "../../runtime/cli/distribution/testing/keys.ts";
import { Site } from "../../runtime/cli/distribution/testing/site.ts";
import { run } from "../lab/command.ts";
import { Registry, registryMissing } from "../lab/registry.ts";

const skopeo = await run(["skopeo", "--version"]).then(({ code }) => code === 0, () => false);
const why = registryMissing() ?? (skopeo ? undefined : "needs Debian's skopeo");

Deno.test("a plugin goes through a file, with its signature", async () => {
  await using site = await Site.create();
  const [ours, strangers] = [writeKeys(site.directory, "P-256"), writeKeys(site.directory, "P-256")];
  const file = `${site.directory}/plugins.tar`;
  const saved = await site.run("save", "guest", "--out", file, "--sign", ours.private);
  assertEquals([saved.code, saved.err], [0, ""]);
  assertMatch(saved.out, /^guest {2}sha256:[0-9a-f]{64}$/);
  const out = ["--out", `${site.directory}/out`];
  const refused = await site.run("load", file, ...out, "--verify", strangers.public);
  assertEquals([refused.code, site.list("out")], [1, []]);
  assertStringIncludes(refused.err, "none of its signatures is of that key");
  const loaded = await site.run("load", file, ...out, "--verify", ours.public);
  assertEquals([loaded.code, loaded.err, site.list("out")], [0, "", ["guest"]]);
  assertStringIncludes(loaded.out, "signature verified");
  await Deno.remove(site.installation.folder, { recursive: true });
  const installed = JSON.parse((await site.run("load", file, "--install", "--json")).out);
  assertEquals([installed[0].name, installed[0].same, installed[0].signatureVerified], ["guest", false, false]);
  const [row] = JSON.parse((await site.run("list", "--json")).out);
  assertEquals([row.name, row.state], ["guest", "not-allowed"]);
});

Deno.test("what came with cnidaria is not installed over, whatever is forced", async () => {
  await using site = await Site.create();
  const file = `${site.directory}/plugins.tar`;
  await site.run("save", "guest", "--out", file);
  await Deno.writeTextFile(`${site.installation.libDir}/first_party.json`, '{"guest":"00"}');
  const refused = await site.run("load", file, "--install", "--force");
  assertEquals([refused.code, refused.err], [1, "Cannot install guest as a plugin of that name came with cnidaria"]);
});

Deno.test("save and load say what they cannot use", async () => {
  await using site = await Site.create();
  const file = `${site.directory}/plugins.tar`;
  const say = async (why: RegExp, ...args: string[]) => {
    const { code, err } = await site.run(...args);
    assertEquals(code === 0, false);
    assertMatch(err, why);
  };
  await say(/^Cannot pack as no plugin of that name is installed: nothing/, "save", "nothing", "--out", file);
  await say(/^Cannot pack plugin \.\/x as .* has no plugin\.json and plugin\.wasm/, "save", "./x", "--out", file);
  await say(/^Cannot save plugin guest twice/, "save", "guest", site.installation.folder, "--out", file);
  await say(/^Cannot write file as .*: \/nonexistent\/x$/, "save", "guest", "--out", "/nonexistent/x");
  await say(/^Cannot load .*plugins\.tar: No such file/, "load", file, "--install");
  await say(/^Cannot tell where to: --out DIR, or --install/, "load", file);
  await Deno.writeFile(`${site.installation.folder}/plugin.wasm`, new Uint8Array(8));
  await say(/is not what its plugin\.json says: .*: build it again$/, "save", "guest", "--out", file);
  assertEquals(site.list("").includes("plugins.tar"), false);
});

Deno.test({
  name: `skopeo carries plugins from a file to a registry and back${why === undefined ? "" : ` (skipped: ${why})`}`,
  ignore: why !== undefined,
  fn: async () => {
    await using registry = await Registry.start();
    await using site = await Site.create();
    const keys = writeKeys(site.directory, "P-256");
    const [file, back] = [`${site.directory}/plugins.tar`, `${site.directory}/back.tar`];
    const { out: digest } = await site.run(
      "push",
      "guest",
      `${registry.host}/first/guest:1`,
      "--plain-http",
      "--sign",
      keys.private,
    );
    const saved = await site.run("save", `${registry.host}/first/guest:1`, "--plain-http", "--out", file);
    assertEquals([saved.code, saved.out], [0, `guest  ${digest}`], saved.err);
    const signature = `${digest.replace(":", "-")}.sig`;
    const copy = async (from: string, to: string) => {
      const tls = ["--src-tls-verify=false", "--dest-tls-verify=false"];
      const outcome = await run(["skopeo", "--insecure-policy", "copy", "--preserve-digests", ...tls, from, to]);
      assertEquals(outcome.code, 0, outcome.stderr);
    };
    for (const [name, tag] of [["guest-1.0", "7"], [signature, signature]]) {
      await copy(`oci-archive:${file}:${name}`, `docker://${registry.host}/second/guest:${tag}`);
    }
    const out = ["--out", `${site.directory}/out`];
    const verify = ["--verify", keys.public];
    const pulled = await site.run("pull", `${registry.host}/second/guest:7`, "--plain-http", ...out, ...verify);
    assertEquals(pulled.code, 0, pulled.err);
    await copy(`docker://${registry.host}/second/guest:7`, `oci-archive:${back}:any`);
    const loaded = await site.run("load", back, ...out);
    assertEquals(loaded.code, 0, loaded.err);
    assertStringIncludes(loaded.out, `was there already: ${site.directory}/out/guest`);
  },
});
