import { assertEquals } from "@std/assert";
import { foreignEntries, linkEntries, ownerOfProgram, removeEntries, removeUnfinished } from "./entries.ts";
import { MARK } from "./launcher.ts";

async function withBin(body: (bin: string) => Promise<void>): Promise<void> {
  const bin = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${bin}/cnidaria`, `#!/bin/sh\n${MARK}\n`);
    await body(bin);
  } finally {
    await Deno.remove(bin, { recursive: true });
  }
}

const namesIn = (dir: string) => [...Deno.readDirSync(dir)].map((entry) => entry.name).sort();

Deno.test("linkEntries() and removeEntries() leave a folder as it was", () =>
  withBin(async (bin) => {
    await Deno.writeTextFile(`${bin}/bridge`, "another's");
    await Deno.symlink("/usr/lib/cni/ptp", `${bin}/ptp`);
    assertEquals(await foreignEntries(bin, ["bridge", "host-local", "ptp"]), ["bridge", "ptp"]);
    await linkEntries(bin, ["bridge", "host-local"], ["bridge", "host-local"]);
    assertEquals(await Deno.readLink(`${bin}/bridge`), "cnidaria");
    assertEquals(await Deno.readLink(`${bin}/cnidaria-host-local`), "cnidaria");
    assertEquals(await Deno.readTextFile(`${bin}/bridge.orig`), "another's");
    assertEquals(await foreignEntries(bin, ["bridge", "host-local"]), []);

    const removed = await removeEntries(bin);
    assertEquals(removed, ["bridge", "cnidaria", "cnidaria-bridge", "cnidaria-host-local", "host-local"]);
    assertEquals(namesIn(bin), ["bridge", "ptp"]);
    assertEquals(await Deno.readTextFile(`${bin}/bridge`), "another's");
  }));

Deno.test("linkEntries() a second time keeps the first original", () =>
  withBin(async (bin) => {
    await Deno.writeTextFile(`${bin}/bridge`, "another's");
    await linkEntries(bin, ["bridge"], ["bridge"]);
    await linkEntries(bin, ["bridge"], ["bridge"]);
    assertEquals(await Deno.readTextFile(`${bin}/bridge.orig`), "another's");
  }));

Deno.test("linkEntries() loses no executable: one that a package has put over our link is kept, and so is the older", () =>
  withBin(async (bin) => {
    for (const [text, kept] of [["new", "old"], ["newest", "new"]] as const) {
      await Deno.remove(`${bin}/bridge`).catch(() => {});
      await Deno.writeTextFile(`${bin}/bridge`, text);
      if (text === "new") await Deno.writeTextFile(`${bin}/bridge.orig`, "old");
      await linkEntries(bin, [], ["bridge"]);
      assertEquals(await Deno.readLink(`${bin}/bridge`), "cnidaria");
      assertEquals(await Deno.readTextFile(`${bin}/bridge.orig`), text);
      assertEquals(await Deno.readTextFile(`${bin}/bridge.orig.${text === "new" ? 1 : 2}`), kept);
    }
    await removeEntries(bin);
    assertEquals(await Deno.readTextFile(`${bin}/bridge`), "newest");
  }));

Deno.test("ownerOfProgram() knows a launcher, a link into a release, and what is neither", () =>
  withBin(async (bin) => {
    const path = `${bin}/cnidaria`;
    assertEquals(await ownerOfProgram(bin), "ours");
    await Deno.remove(path);
    assertEquals(await ownerOfProgram(bin), "none");
    await Deno.symlink("/opt/cnidaria/releases/0/bin/cnidaria", path);
    assertEquals(await ownerOfProgram(bin), "ours");
    await Deno.remove(path);
    await Deno.writeTextFile(path, "#!/bin/sh\n");
    assertEquals(await ownerOfProgram(bin), "foreign");
  }));

Deno.test("removeUnfinished() removes links of ours under a temporary name, and nothing else", () =>
  withBin(async (bin) => {
    await Deno.symlink("cnidaria", `${bin}/.bridge.0123abcd`);
    await Deno.symlink("/opt/cnidaria/releases/0/bin/entry", `${bin}/.cnidaria.0123abcd`);
    await Deno.symlink("/usr/bin/other", `${bin}/.other.0123abcd`);
    await Deno.writeTextFile(`${bin}/.file.0123abcd`, "");
    await removeUnfinished(bin);
    assertEquals(namesIn(bin), [".file.0123abcd", ".other.0123abcd", "cnidaria"]);
  }));
