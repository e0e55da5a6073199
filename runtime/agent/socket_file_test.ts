import { assertEquals } from "@std/assert";
import { removerOf } from "./socket_file.ts";

Deno.test("a file is removed by who made it, and not where another has taken its place", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/a.sock`;
  const isThere = () => [...Deno.readDirSync(folder)].some(({ name }) => name === "a.sock");
  try {
    Deno.writeTextFileSync(path, "");
    const remove = removerOf(path);
    // Made before the first goes, so that it cannot be the same inode.
    Deno.writeTextFileSync(`${folder}/next`, "");
    Deno.renameSync(`${folder}/next`, path);
    remove();
    assertEquals(isThere(), true);
    removerOf(path)();
    assertEquals(isThere(), false);
    removerOf(path)();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
