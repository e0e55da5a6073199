import { assertEquals, assertRejects } from "@std/assert";
import { checkConfiguration, type Configuration, installConfiguration, removeConfigurations } from "./configuration.ts";

async function withFolders(body: (prefix: string, wanted: Configuration) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${dir}/prefix`);
    await Deno.writeTextFile(`${dir}/10-pods.conflist`, '{"name": "one"}');
    await body(`${dir}/prefix`, { file: `${dir}/10-pods.conflist`, folder: `${dir}/net.d` });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function put(prefix: string, wanted: Configuration, force = false): Promise<string> {
  return await installConfiguration(prefix, wanted, await checkConfiguration(prefix, wanted, force));
}

const namesIn = (dir: string) => [...Deno.readDirSync(dir)].map(({ name }) => name).sort();

Deno.test("a configuration is installed, replaced by a newer one, and removed again", () =>
  withFolders(async (prefix, wanted) => {
    const path = await put(prefix, wanted);
    assertEquals(path, `${wanted.folder}/10-pods.conflist`);
    await Deno.writeTextFile(wanted.file, '{"name": "two"}');
    await put(prefix, wanted);
    assertEquals(await Deno.readTextFile(path), '{"name": "two"}');
    assertEquals(namesIn(wanted.folder), ["10-pods.conflist"]);
    assertEquals(await removeConfigurations(prefix), [path]);
    assertEquals([namesIn(wanted.folder), namesIn(prefix)], [[], []]);
    assertEquals(await removeConfigurations(prefix), []);
  }));

Deno.test("another's file of the name is left alone without force; with it, kept, and put back", () =>
  withFolders(async (prefix, wanted) => {
    await Deno.mkdir(wanted.folder);
    const path = `${wanted.folder}/10-pods.conflist`;
    await Deno.writeTextFile(path, "another's");
    await assertRejects(() => put(prefix, wanted), Error, `another's file has its name: ${path}`);
    assertEquals(await Deno.readTextFile(path), "another's");
    await put(prefix, wanted, true);
    await put(prefix, wanted);
    assertEquals(await Deno.readTextFile(`${path}.orig`), "another's");
    await removeConfigurations(prefix);
    assertEquals(await Deno.readTextFile(path), "another's");
    assertEquals(namesIn(wanted.folder), ["10-pods.conflist"]);
  }));

Deno.test("a file is never lost to one that has its other name, nor by an installation that was cut short", () =>
  withFolders(async (prefix, wanted) => {
    await Deno.mkdir(wanted.folder);
    const path = `${wanted.folder}/10-pods.conflist`;
    await Deno.writeTextFile(path, "another's");
    await Deno.writeTextFile(`${path}.orig`, "older");
    await put(prefix, wanted, true);
    assertEquals(await Deno.readTextFile(`${path}.orig.1`), "older");
    assertEquals(await removeConfigurations(prefix), [path]);
    assertEquals([await Deno.readTextFile(path), await Deno.readTextFile(`${path}.orig.1`)], ["another's", "older"]);
    await Deno.remove(`${path}.orig.1`);
    await Deno.link(path, `${path}.orig`);
    await Deno.writeTextFile(`${prefix}/configurations.json`, JSON.stringify([path]));
    await removeConfigurations(prefix);
    assertEquals(namesIn(wanted.folder), ["10-pods.conflist"]);
    assertEquals(await Deno.readTextFile(path), "another's");
  }));

Deno.test("a configuration whose folder is not mounted is not forgotten", () =>
  withFolders(async (prefix, wanted) => {
    const path = await put(prefix, wanted);
    await Deno.rename(wanted.folder, `${wanted.folder}-elsewhere`);
    await assertRejects(() => removeConfigurations(prefix), Error, `mount or make it: ${path}`);
    await Deno.rename(`${wanted.folder}-elsewhere`, wanted.folder);
    assertEquals(await removeConfigurations(prefix), [path]);
  }));

Deno.test("what is no configuration is refused", () =>
  withFolders(async (prefix, wanted) => {
    await Deno.writeTextFile(wanted.file, "{");
    await assertRejects(() => put(prefix, wanted), Error, "no JSON");
    await assertRejects(() => put(prefix, { ...wanted, file: `${wanted.file}x` }), Error, "no runtime reads");
    await assertRejects(() => put(prefix, { ...wanted, file: `${prefix}/none.conf` }), Error, "cannot be read");
  }));
