import { assertEquals, assertRejects } from "@std/assert";
import { linkAtomically, writeAtomically } from "./atomic_file.ts";

async function withDirectory(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await body(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const namesIn = (dir: string) => [...Deno.readDirSync(dir)].map((entry) => entry.name).sort();

Deno.test("writeAtomically() leaves an open reader its old file, sets the mode, and leaves nothing else", () =>
  withDirectory(async (dir) => {
    await writeAtomically(`${dir}/a`, "old", 0o644);
    using reader = await Deno.open(`${dir}/a`);
    await writeAtomically(`${dir}/a`, "new", 0o755);
    const buffer = new Uint8Array(8);
    const read = await reader.read(buffer);
    assertEquals(new TextDecoder().decode(buffer.subarray(0, read ?? 0)), "old");
    assertEquals(await Deno.readTextFile(`${dir}/a`), "new");
    assertEquals((await Deno.stat(`${dir}/a`)).mode! & 0o7777, 0o755);
    assertEquals(namesIn(dir), ["a"]);
  }));

Deno.test("writeAtomically() names the file it could not write, and cleans up", () =>
  withDirectory(async (dir) => {
    await Deno.mkdir(`${dir}/taken/inside`, { recursive: true });
    await assertRejects(() => writeAtomically(`${dir}/taken`, "x", 0o644), Error, `${dir}/taken`);
    assertEquals(namesIn(dir), ["taken"]);
  }));

Deno.test("linkAtomically() turns an existing link", () =>
  withDirectory(async (dir) => {
    await linkAtomically("one", `${dir}/link`);
    await linkAtomically("two", `${dir}/link`);
    assertEquals(await Deno.readLink(`${dir}/link`), "two");
    assertEquals(namesIn(dir), ["link"]);
  }));
