import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { MARK } from "./launcher.ts";
import { install, type Installation, uninstall } from "./install.ts";

async function withCheckout(body: (dir: string, wanted: Installation) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${dir}/dist/plugins/bridge`, { recursive: true });
    await Deno.writeTextFile(`${dir}/dist/plugins/bridge/plugin.wasm`, "wasm");
    await writeProgram(dir, "one");
    await body(dir, {
      dist: `${dir}/dist`,
      prefix: `${dir}/opt/cnidaria`,
      stateDir: `${dir}/state`,
      binDir: `${dir}/opt/cni/bin`,
      dropIns: [],
      force: false,
      executable: { kind: "deno", path: Deno.execPath() },
      entry: undefined,
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** A host that says its own version, the name it is called by, and waits where it is asked to. */
const writeProgram = (dir: string, version: string) =>
  Deno.writeTextFile(
    `${dir}/dist/cnidaria.js`,
    `if (Deno.env.get("CNI_ARGS") === "wait") await new Promise((end) => setTimeout(end, 500));
    const version = ${JSON.stringify(version)};
    Deno.stdout.writeSync(new TextEncoder().encode(version + " " + Deno.env.get("CNIDARIA_NAME")));`,
  );

async function call(path: string, env: Record<string, string> = {}): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(path, {
    clearEnv: true,
    env: { PATH: "/usr/bin:/bin", CNI_COMMAND: "VERSION", ...env },
  }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

Deno.test("install() puts a launcher that knows the name it is called by, without HOME", () =>
  withCheckout(async (_dir, wanted) => {
    const lines = await install({ ...wanted, dropIns: ["bridge"] });
    assertMatch(lines[0]!, /^installed a launcher, which starts Deno/);
    assertMatch(lines[1]!, /^without the native entry/);
    assertEquals(await call(`${wanted.binDir}/cnidaria`), "one cnidaria");
    assertEquals(await call(`${wanted.binDir}/cnidaria-bridge`), "one cnidaria-bridge");
    assertEquals(await call(`${wanted.binDir}/bridge`), "one bridge");
    assertEquals(Deno.statSync(`${wanted.binDir}/cnidaria`).mode! & 0o7777, 0o755);
  }));

Deno.test("install() makes no entry for a controller, which no runtime calls", () =>
  withCheckout(async (dir, wanted) => {
    const folder = `${dir}/dist/plugins/vxlan`;
    await Deno.mkdir(folder);
    await Deno.writeTextFile(`${folder}/plugin.wasm`, "wasm");
    const manifest = { name: "vxlan", version: "1", description: "", exports: "controller", imports: [] };
    const build = { digest: "0".repeat(64) };
    await Deno.writeTextFile(`${folder}/plugin.json`, JSON.stringify({ ...manifest, build }));
    await assertRejects(() => install({ ...wanted, dropIns: ["vxlan"] }), Error, "no such plugins: vxlan (bridge)");
    await install(wanted);
    const names = [...Deno.readDirSync(wanted.binDir)].map(({ name }) => name).sort();
    assertEquals(names, ["cnidaria", "cnidaria-bridge"]);
    const release = await Deno.realPath(`${wanted.binDir}/cnidaria`).then((path) => path.replace(/\/bin\/[^/]*$/, ""));
    assert((await Deno.stat(`${release}/lib/cnidaria/plugins/vxlan/plugin.wasm`)).isFile);
  }));

const builtEntry = new URL("../../../dist/bin/entry", import.meta.url).pathname;
const entryMissing = await Deno.stat(builtEntry).then(
  () => "",
  () => " (skipped: needs dist/bin/entry, and a C compiler)",
);

Deno.test({
  name: `install() puts the native entry before the launcher, and the name comes through${entryMissing}`,
  ignore: entryMissing !== "",
  fn: () =>
    withCheckout(async (dir, wanted) => {
      const lines = await install({ ...wanted, entry: builtEntry, dropIns: ["bridge"] });
      assertMatch(lines[1]!, /^with the native entry/);
      assertMatch(await Deno.readLink(`${wanted.binDir}/cnidaria`), /\/releases\/[0-9a-f]{16}\/bin\/entry$/);
      const env = { CNIDARIA_SOCKET: `${dir}/none`, CNIDARIA_NAME: "another" };
      assertEquals(await call(`${wanted.binDir}/cnidaria`, env), "one cnidaria");
      assertEquals(await call(`${wanted.binDir}/cnidaria-bridge`, env), "one cnidaria-bridge");
      assertEquals(await call(`${wanted.binDir}/bridge`, env), "one bridge");
      await install(wanted);
      assertMatch(await Deno.readLink(`${wanted.binDir}/cnidaria`), /\/bin\/host$/);
      assertEquals(await call(`${wanted.binDir}/bridge`, env), "one bridge");
    }),
});

Deno.test("install() over an installation of before there were entries", () =>
  withCheckout(async (_dir, wanted) => {
    await Deno.mkdir(wanted.binDir, { recursive: true });
    await Deno.writeTextFile(`${wanted.binDir}/cnidaria`, `#!/bin/sh\n${MARK}, made by \`cnidaria install\`.\n`);
    await install(wanted);
    assertEquals(await call(`${wanted.binDir}/cnidaria`), "one cnidaria");
  }));

Deno.test("install() over a running one lets it end, and the next call is the new one", () =>
  withCheckout(async (dir, wanted) => {
    await install(wanted);
    const running = call(`${wanted.binDir}/cnidaria`, { CNI_ARGS: "wait" });
    await writeProgram(dir, "two");
    await install(wanted);
    assertEquals(await call(`${wanted.binDir}/cnidaria`), "two cnidaria");
    assertEquals(await running, "one cnidaria");
  }));

Deno.test("install() refuses another's name without --force, and changes nothing", () =>
  withCheckout(async (_dir, wanted) => {
    await Deno.mkdir(wanted.binDir, { recursive: true });
    await Deno.writeTextFile(`${wanted.binDir}/bridge`, "another's");
    await assertRejects(() => install({ ...wanted, dropIns: ["bridge"] }), Error, `${wanted.binDir}/bridge`);
    assertEquals([...Deno.readDirSync(wanted.binDir)].map((entry) => entry.name), ["bridge"]);
    await install({ ...wanted, dropIns: ["bridge"], force: true });
    assertEquals(await call(`${wanted.binDir}/bridge`), "one bridge");
    await uninstall(wanted);
    assertEquals(await Deno.readTextFile(`${wanted.binDir}/bridge`), "another's");
    assertEquals([...Deno.readDirSync(wanted.binDir)].length, 1);
  }));

Deno.test("install() makes drop-ins of all plugins where it is told `all`", () =>
  withCheckout(async (dir, wanted) => {
    await Deno.mkdir(`${dir}/dist/plugins/portmap`);
    await install({ ...wanted, dropIns: ["all"] });
    assertEquals(await call(`${wanted.binDir}/bridge`), "one bridge");
    assertEquals(await call(`${wanted.binDir}/portmap`), "one portmap");
  }));

Deno.test("install() refuses a drop-in that is no plugin, and a prefix that can't be baked in", () =>
  withCheckout(async (_dir, wanted) => {
    await assertRejects(() => install({ ...wanted, dropIns: ["tuning"] }), Error, "tuning (bridge)");
    await assertRejects(() => install({ ...wanted, prefix: "/opt/a,b" }), Error, "/opt/a,b");
  }));

Deno.test("install() refuses a checkout that was not built, and changes nothing", () =>
  withCheckout(async (dir, wanted) => {
    await Deno.remove(`${dir}/dist/cnidaria.js`);
    await assertRejects(() => install(wanted), Error, "deno task setup");
    await Deno.remove(`${dir}/dist/plugins`, { recursive: true });
    await assertRejects(() => install(wanted), Error, "dist/plugins");
    assertEquals([...Deno.readDirSync(dir)].map((entry) => entry.name), ["dist"]);
  }));

Deno.test("install() writes no permission for network or programs into the launcher", () =>
  withCheckout(async (_dir, wanted) => {
    await install(wanted);
    const text = await Deno.readTextFile(`${wanted.binDir}/cnidaria`);
    const narrow = text.split("\n").find((line) => line.startsWith("  exec"))!;
    assert(!/--allow-(net|run|all)|-A/.test(narrow), narrow);
  }));
