import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CommandFailure } from "../output.ts";
import { targetOf, writePlugins } from "./plugin_target.ts";
import { guestFiles } from "./testing/guest.ts";

async function withFolder(body: (parent: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "target-" });
  try {
    await body(`${directory}/plugins`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const list = (path: string) => [...Deno.readDirSync(path)].map(({ name }) => name).sort();
const versionIn = (path: string) => JSON.parse(Deno.readTextFileSync(`${path}/plugin.json`)).version;

Deno.test("writePlugins() writes what root alone may write to, whatever the umask", () =>
  withFolder(async (parent) => {
    const before = Deno.umask(0);
    try {
      await writePlugins([guestFiles()], { parent, force: false });
    } finally {
      Deno.umask(before);
    }
    for (const [name, mode] of [["", 0o755], ["/plugin.wasm", 0o644], ["/plugin.json", 0o644]] as const) {
      assertEquals(Deno.statSync(`${parent}/guest${name}`).mode! & 0o7777, mode);
    }
    assertEquals(list(`${parent}/guest`), ["plugin.json", "plugin.wasm"]);
    assertEquals(Deno.statSync(`${parent}/guest/plugin.wasm`).mtime, new Date(1_700_000_000_500));
  }));

Deno.test("writePlugins() leaves what is the same, and replaces another only if that is meant", () =>
  withFolder(async (parent) => {
    const [first] = await writePlugins([guestFiles()], { parent, force: false });
    const [second] = await writePlugins([guestFiles()], { parent, force: false });
    assertEquals([first!.same, second!.same], [false, true]);
    Deno.writeTextFileSync(`${parent}/guest/left`, "");
    const newer = guestFiles({ version: "2.0" });
    await assertRejects(() => writePlugins([newer], { parent, force: false }), CommandFailure, "--force replaces it");
    assertEquals(versionIn(`${parent}/guest`), "1.0");
    await writePlugins([newer], { parent, force: true });
    assertEquals([versionIn(`${parent}/guest`), list(parent)], ["2.0", ["guest"]]);
    assertEquals(list(`${parent}/guest`), ["plugin.json", "plugin.wasm"]);
  }));

Deno.test("writePlugins() writes all or none", () =>
  withFolder(async (parent) => {
    await writePlugins([guestFiles()], { parent, force: false });
    const newer = guestFiles({ version: "2.0" });
    const other = guestFiles({ name: "other" });
    // No file system takes such a name.
    await assertRejects(
      () => writePlugins([newer, other, guestFiles({ name: "n".repeat(300) })], { parent, force: true }),
      CommandFailure,
      "left it as it was",
    );
    assertEquals([versionIn(`${parent}/guest`), list(parent)], ["1.0", ["guest"]]);
    await assertRejects(
      () => writePlugins([other, other], { parent, force: true }),
      CommandFailure,
      "there is more than one plugin other",
    );
    assertEquals(list(parent), ["guest"]);
  }));

Deno.test("writePlugins() undoes the renames where a later one fails", () =>
  withFolder(async (parent) => {
    await writePlugins([guestFiles()], { parent, force: false });
    const original = Deno.rename;
    try {
      Deno.rename = (from, to) =>
        String(to).endsWith("/other") ? Promise.reject(new Error("disk on fire")) : original(from, to);
      const plugins = [guestFiles({ version: "2.0" }), guestFiles({ name: "other" })];
      await assertRejects(() => writePlugins(plugins, { parent, force: true }), CommandFailure, "disk on fire");
    } finally {
      Deno.rename = original;
    }
    assertEquals([versionIn(`${parent}/guest`), list(parent)], ["1.0", ["guest"]]);
  }));

Deno.test("targetOf() wants one place", () => {
  assertEquals(targetOf({ out: "/x/" }, "/lib"), { parent: "/x", force: false });
  assertEquals(targetOf({ install: true, force: true }, "/lib"), { parent: "/lib/third-party", force: true });
  for (const options of [{}, { out: "x", install: true }]) {
    assertEquals((assertThrows(() => targetOf(options, "/lib"), CommandFailure) as CommandFailure).code, 2);
  }
});
