// The way of an author, command by command: new, test, inspect, run, bench, record, replay, install.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { main } from "../main.ts";
import { recordedOutput } from "../output.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
/** What builds plugins, jco and esbuild, ends when it likes. */
const builds = { sanitizeOps: false, sanitizeResources: false };

const LIB = "CNIDARIA_LIB";
const STATE = "CNIDARIA_STATE";
Deno.env.set(LIB, `${ROOT}dist`);

const folder = await Deno.makeTempDir({ prefix: "cnidaria-author-" });
const plugin = `${folder}/my-routes`;

async function cnidaria(...args: string[]) {
  const output = recordedOutput();
  const code = await main(["plugin", ...args], output);
  return { code, out: output.out.join("\n"), err: output.err.join("\n") };
}

async function deno(cwd: string, ...args: string[]): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd, env: { NO_COLOR: "1" } })
    .output();
  assert(success, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
}

Deno.test("plugin new makes a plugin that is formatted, typed, tested and documented", builds, async () => {
  const { code, out } = await cnidaria("new", plugin);
  assertEquals(code, 0);
  assertStringIncludes(out, `${plugin}/plugin.ts`);
  await deno(plugin, "fmt", "--check");
  await deno(plugin, "lint");
  assertStringIncludes(await Deno.readTextFile(`${plugin}/README.md`), "| `gateway`      | required | an IP address ");
  const args = ["run", "-A", `${ROOT}runtime/main.ts`, "plugin", "test", plugin];
  const tested = await new Deno.Command(Deno.execPath(), { args, env: { NO_COLOR: "1" } }).output();
  const text = new TextDecoder().decode(tested.stdout);
  assert(tested.success, text + new TextDecoder().decode(tested.stderr));
  assertMatch(text, /6 passed/);
  if (Deno.env.get("CNIDARIA_ENGINE") !== "v8") assertMatch(text, /my-routes +add +\d+ +\d{5,}/);
});

Deno.test("plugin new refuses a name that is none, and a folder that has a plugin", async () => {
  assertEquals((await cnidaria("new", `${folder}/Pod_Routes`)).code, 2);
  const again = await cnidaria("new", plugin);
  assertEquals(again.code, 1);
  assertMatch(again.err, /there is a plugin already/);
});

Deno.test("plugin build tells digest and size; inspect what it imports and is granted", builds, async () => {
  const built = await cnidaria("build", plugin);
  assertMatch(built.out, /my-routes: (current|built in \d+ ms), \d{6,} bytes, sha256 [0-9a-f]{64}/);
  const { out } = await cnidaria("inspect", plugin);
  assertMatch(out, /bytes +\d{6,}/);
  assertMatch(out, /cnidaria:cni\/routes@/);
  assertMatch(out, /links\.container \$\{ifname\}/);
  assertEquals(out.includes("has no grants"), false);
  const manifest = JSON.parse(await Deno.readTextFile(`${plugin}/dist/plugin.json`));
  await Deno.writeTextFile(`${plugin}/dist/plugin.json`, JSON.stringify({ ...manifest, grants: {} }));
  assertMatch((await cnidaria("inspect", `${plugin}/dist`)).out, /routes@\S+ {2}\(plugin\.json has no grants\.routes/);
  await Deno.writeTextFile(`${plugin}/dist/plugin.json`, JSON.stringify(manifest, null, 2) + "\n");
});

Deno.test("plugin bench counts fuel and host calls, the same in each run", builds, async () => {
  const costs = [];
  for (let run = 0; run < 2; run++) {
    const { code, out } = await cnidaria("bench", plugin, "--rounds", "5", "--json");
    assertEquals(code, 0);
    costs.push(
      JSON.parse(out).costs.map(({ verb, fuel, hostCalls }: Record<string, unknown>) => [verb, fuel, hostCalls]),
    );
  }
  assertEquals(costs[0], costs[1]);
  assertEquals(costs[0].map(([verb]: string[]) => verb), ["ADD", "DEL"]);
  assert(costs[0][0][2] > 10);
});

Deno.test("what is recorded is replayed alike; of what differs, the first call is named", builds, async () => {
  const file = `${folder}/recording.json`;
  assertEquals((await cnidaria("record", plugin, "--memory", "--out", file)).code, 0);
  const same = await cnidaria("replay", file, plugin);
  assertEquals([same.code, same.err], [0, ""]);
  assertMatch(same.out, /my-routes add: as recorded, 1 host calls/);
  const bridge = await cnidaria("replay", file, `${ROOT}plugins/bridge`);
  assertMatch(bridge.out, /bridge add: as recorded, 1\d host calls/);
  const text = await Deno.readTextFile(file);
  await Deno.writeTextFile(file, text.replace('"dst": "192.0.2.0/24"', '"dst": "192.0.3.0/24"'));
  const other = await cnidaria("replay", file, plugin);
  assertEquals(other.code, 1);
  assertMatch(
    other.err,
    /my-routes add: call 1 differs: recorded was routes\.add\(.*192\.0\.3\.0.*now it is .*192\.0\.2\.0/,
  );
});

Deno.test("a recording that is none is refused", async () => {
  const file = `${folder}/none.json`;
  for (const text of ["{", "[]", '{"format":2,"runs":[]}', '{"format":1,"runs":[{"plugin":"x"}]}']) {
    await Deno.writeTextFile(file, text);
    const { code, err } = await cnidaria("replay", file, plugin);
    assertEquals(code, 1);
    assertMatch(err, /Cannot replay/);
  }
});

Deno.test("plugin run shows each host call, the node, and what remains", builds, async () => {
  const { code, out } = await cnidaria("run", plugin, "--memory");
  assertEquals(code, 0);
  assertMatch(out, /my-routes: routes\.add\("container", .*192\.0\.2\.0\/24/);
  assertMatch(out, /pod1: route 192\.0\.2\.0\/24 via 10\.1\.0\.9 dev eth0/);
  assertMatch(out, /What remains after DEL/);
});

Deno.test("plugin run without a configuration, or with a wrong one, says what is missing", builds, async () => {
  const conf = `${folder}/wrong.conf`;
  await Deno.writeTextFile(conf, JSON.stringify({ cniVersion: "1.1.0", name: "x", type: "my-routes" }));
  const wrong = await cnidaria("run", plugin, "--memory", "--conf", conf);
  assertEquals(wrong.code, 1);
  assertMatch(wrong.err, /code 7: .*destinations is missing/);
  const none = await cnidaria("run", `${ROOT}plugins/bridge`, "--memory");
  assertEquals(none.code, 2);
  assertMatch(none.err, /--conf FILE/);
});

Deno.test("plugin install puts it where a new release finds it, and does not allow it", builds, async () => {
  const lib = `${folder}/prefix/releases/1/lib/cnidaria`;
  await Deno.mkdir(`${lib}/plugins`, { recursive: true });
  await Deno.writeTextFile(`${lib}/first_party.json`, "{}");
  Deno.env.set(LIB, lib);
  Deno.env.set(STATE, `${folder}/state`);
  try {
    const { code, err, out } = await cnidaria("install", plugin);
    assertEquals([code, err], [0, ""]);
    assertStringIncludes(out, `${folder}/prefix/plugins/my-routes`);
    assertEquals((await cnidaria("install", plugin)).code, 0);
    assertEquals([...Deno.readDirSync(`${folder}/prefix/plugins`)].map(({ name }) => name), ["my-routes"]);
    assertMatch((await cnidaria("list")).out, /my-routes +0\.1\.0 +not-allowed/);
    assertEquals((await cnidaria("uninstall", "my-routes")).code, 0);
    assertEquals((await cnidaria("uninstall", "my-routes")).code, 1);
    assertEquals((await cnidaria("uninstall", "../plugins")).code, 1);
  } finally {
    Deno.env.set(LIB, `${ROOT}dist`);
    Deno.env.delete(STATE);
  }
});

Deno.test("the author's folder is removed", async () => {
  await Deno.remove(folder, { recursive: true });
  Deno.env.delete(LIB);
});
