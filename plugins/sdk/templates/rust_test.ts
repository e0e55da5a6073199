import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { run } from "../../../test/lab/command.ts";
import { prepareCargo, rustTest } from "../../../test/lab/rust.ts";
import { emptyResult } from "../result.ts";
import { failureOf, FakeHost, loadPlugin } from "../testing/mod.ts";
import { rustTemplate } from "./rust.ts";

/** What builds, jco and esbuild, ends when it likes. */
const builds = { sanitizeOps: false, sanitizeResources: false };

Deno.test("rustTemplate() refuses what no manifest could have as a name", () => {
  for (const name of ["", "Upper", "../up", "a b", '"']) {
    assertThrows(() => rustTemplate(name), Error, "no plugin's name");
  }
});

Deno.test("rustTemplate() names a crate that begins with a letter", () => {
  assertMatch(rustTemplate("4to6")["Cargo.toml"]!, /^name = "plugin-4to6"$/m);
});

Deno.test("rustTemplate() has the versions of the crates that the example is tested with", async () => {
  const lines = (toml: string) => toml.split("\n").filter((line) => /^[a-z_-]+ = .*"=/.test(line));
  const example = lines(await Deno.readTextFile(new URL("../../../examples/pod-routes/Cargo.toml", import.meta.url)));
  const own = lines(rustTemplate("sample")["Cargo.toml"]!);
  assertEquals(own.filter((line) => !example.includes(line)), []);
  assertEquals(own.length, 4);
});

Deno.test({
  ...builds,
  ...rustTest("rustTemplate() makes a plugin that builds, passes its tests and runs, on both engines"),
  fn: async () => {
    prepareCargo();
    const folder = await Deno.makeTempDir({ prefix: "cnidaria-rust-" });
    try {
      for (const [path, text] of Object.entries(rustTemplate("sample"))) {
        await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
        await Deno.writeTextFile(`${folder}/${path}`, text);
      }
      for (const engine of ["wasmtime", "v8"] as const) await addsAndChecks(folder, engine);
      const { code, stdout, stderr } = await run(["cargo", "test", "--release"], { cwd: folder, limit: 240_000 });
      assertEquals(code, 0, stdout + stderr);
      assertMatch(stdout, /test result: ok\. 2 passed/);
      const args = ["test", "-A", "--no-check", "--config", new URL("../../../deno.json", import.meta.url).pathname];
      const own = await run([Deno.execPath(), ...args, folder], { limit: 240_000, env: { NO_COLOR: "1" } });
      assertEquals(own.code, 0, own.stdout + own.stderr);
      assertMatch(own.stdout, /3 passed/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function addsAndChecks(folder: string, engine: "wasmtime" | "v8"): Promise<void> {
  const plugin = await loadPlugin(folder, engine);
  const host = new FakeHost();
  host.network.addLink("container", "eth0", "veth");
  const at = {
    prevResult: { ...emptyResult(), interfaces: [{ name: "eth0", sandbox: { tag: "container" as const } }] },
  };
  assertEquals(plugin.add(host, { mtu: 1400 }, at).interfaces[0]?.mtu, 1400);
  assertEquals(host.network.link("container", "eth0").mtu, 1400);
  plugin.check(host, { mtu: 1400 }, at);
  assertMatch(failureOf(() => plugin.check(host, { mtu: 1300 }, at)).message, /is 1400, not 1300/);
  assertMatch(failureOf(() => plugin.add(host, {}, at)).message, /missing field `mtu`/);
  plugin.del(host, { mtu: 1400 }, at);
}
