import { assertEquals, assertMatch } from "@std/assert";
import { checkConfigurations } from "./configurations.ts";

async function check(files: Record<string, string>, executables: string[] = []) {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${dir}/net.d`);
    await Deno.mkdir(`${dir}/bin`);
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${dir}/net.d/${name}`, text);
    for (const name of executables) await Deno.writeTextFile(`${dir}/bin/${name}`, "", { mode: 0o755 });
    return await checkConfigurations(`${dir}/net.d`, `${dir}/bin`);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}
const conflist = JSON.stringify({ cniVersion: "1.0.0", name: "n", plugins: [{ type: "bridge" }, { type: "tuning" }] });

Deno.test("checkConfigurations() is content where every plugin is there", async () => {
  const [finding] = await check({ "10-n.conflist": conflist, "README": "no" }, ["bridge", "tuning"]);
  assertEquals(finding, { subject: "10-n.conflist", state: "ok", why: "network n: bridge, tuning" });
});

Deno.test("checkConfigurations() names the plugins that are missing", async () => {
  const [finding] = await check({ "10-n.conflist": conflist }, ["bridge"]);
  assertEquals(finding!.state, "fail");
  assertMatch(finding!.why, /lacks tuning$/);
});

Deno.test("checkConfigurations() shows what is wrong with a file", async () => {
  const [finding] = await check({ "10-n.conflist": "{" });
  assertEquals(finding!.state, "fail");
  assertMatch(finding!.why, /no JSON.*10-n\.conflist/);
});

Deno.test("checkConfigurations() of an empty folder warns", async () => {
  assertEquals((await check({})).map((finding) => finding.state), ["warn"]);
});
