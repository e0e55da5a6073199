import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { libraryFiles, makeRelease, removeOldReleases } from "./release.ts";

async function withDist(body: (dist: string, prefix: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${dir}/dist/lib`, { recursive: true });
    await Deno.mkdir(`${dir}/dist/bin`);
    await Deno.writeTextFile(`${dir}/dist/cnidaria.js`, "1");
    await Deno.writeTextFile(`${dir}/dist/lib/libwasmtime.so`, "elf");
    await Deno.writeTextFile(`${dir}/dist/bin/cnidaria`, "compiled");
    await Deno.mkdir(`${dir}/dist/image`);
    await Deno.writeTextFile(`${dir}/dist/image/index.json`, "image");
    await Deno.writeTextFile(`${dir}/dist/.bundle`, "stamp");
    await body(`${dir}/dist`, `${dir}/prefix`);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const modeOf = (path: string) => Deno.statSync(path).mode! & 0o7777;

Deno.test("libraryFiles() leaves out the set-up's own files and the compiled program", () =>
  withDist((dist) => {
    assertEquals(libraryFiles(dist).map((file) => file.path).sort(), [
      "lib/cnidaria/cnidaria.js",
      "lib/cnidaria/lib/libwasmtime.so",
    ]);
    return Promise.resolve();
  }));

Deno.test("makeRelease() makes nothing that others can write to, whatever the umask", () =>
  withDist(async (dist, prefix) => {
    const umask = Deno.umask(0o000);
    try {
      const folder = await makeRelease(prefix, libraryFiles(dist));
      assertEquals(modeOf(prefix), 0o755);
      assertEquals(modeOf(folder), 0o755);
      assertEquals(modeOf(`${folder}/lib/cnidaria`), 0o755);
      assertEquals(modeOf(`${folder}/lib/cnidaria/cnidaria.js`), 0o644);
      assertEquals(modeOf(`${folder}/lib/cnidaria/lib/libwasmtime.so`), 0o755);
    } finally {
      Deno.umask(umask);
    }
  }));

Deno.test("makeRelease() of the same files is the same release, of others another, and the two newest stay", () =>
  withDist(async (dist, prefix) => {
    const first = await makeRelease(prefix, libraryFiles(dist));
    assertEquals(await makeRelease(prefix, libraryFiles(dist)), first);
    const made = [first];
    for (const text of ["2", "3"]) {
      await Deno.writeTextFile(`${dist}/cnidaria.js`, text);
      made.push(await makeRelease(prefix, libraryFiles(dist)));
    }
    assertNotEquals(made[0], made[1]);
    made.forEach((folder, index) => Deno.utimeSync(folder, index, index));
    await removeOldReleases(prefix);
    const left = [...Deno.readDirSync(`${prefix}/releases`)].map((entry) => `${prefix}/releases/${entry.name}`);
    assertEquals(left.sort(), made.slice(1).sort());
  }));

Deno.test("makeRelease() tells a file that it makes where it will lie, and another text is another release", () =>
  withDist(async (dist, prefix) => {
    const make = (text: string) => {
      const source = (folder: string) => `${text} in ${folder}`;
      return makeRelease(prefix, [...libraryFiles(dist), { path: "bin/host", source, mode: 0o755 }]);
    };
    const first = await make("one");
    assertEquals(await Deno.readTextFile(`${first}/bin/host`), `one in ${first}`);
    assertEquals(modeOf(`${first}/bin/host`), 0o755);
    assertEquals(await make("one"), first);
    assertNotEquals(await make("two"), first);
  }));

Deno.test("makeRelease() that fails half way leaves no release", () =>
  withDist(async (dist, prefix) => {
    const files = [...libraryFiles(dist), { path: "bin/deno", source: `${dist}/lib`, mode: 0o755 }];
    await assertRejects(() => makeRelease(prefix, files));
    assertEquals([...Deno.readDirSync(`${prefix}/releases`)], []);
  }));

Deno.test("makeRelease() makes again what a release lacks, and removes what a killed installation left", () =>
  withDist(async (dist, prefix) => {
    const files = libraryFiles(dist);
    const folder = await makeRelease(prefix, files);
    await Deno.remove(`${folder}/lib/cnidaria/cnidaria.js`);
    await Deno.truncate(`${folder}/lib/cnidaria/lib/libwasmtime.so`, 1);
    await Deno.mkdir(`${prefix}/releases/.staging-1/lib`, { recursive: true });
    assertEquals(await makeRelease(prefix, files), folder);
    assertEquals(await Deno.readTextFile(`${folder}/lib/cnidaria/cnidaria.js`), "1");
    assertEquals(await Deno.readTextFile(`${folder}/lib/cnidaria/lib/libwasmtime.so`), "elf");
    assertEquals(modeOf(`${folder}/lib/cnidaria/lib/libwasmtime.so`), 0o755);
    assertEquals([...Deno.readDirSync(`${prefix}/releases`)].length, 1);
    assertEquals([...Deno.readDirSync(`${folder}/lib/cnidaria`)].map(({ name }) => name).sort(), [
      "cnidaria.js",
      "lib",
    ]);
  }));
