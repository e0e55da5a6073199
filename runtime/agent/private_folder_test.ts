import { assertEquals, assertThrows } from "@std/assert";
import { HostCallError } from "../../host-funcs/error.ts";
import { makePrivateFolder } from "./private_folder.ts";

Deno.test("a folder is made for its owner alone; one that others may write to is refused", async () => {
  const parent = await Deno.makeTempDir();
  try {
    const folder = `${parent}/a/b`;
    makePrivateFolder(`${folder}/a.sock`);
    assertEquals(Deno.statSync(folder).mode! & 0o777, 0o700);
    // As systemd makes it.
    Deno.chmodSync(folder, 0o755);
    makePrivateFolder(`${folder}/a.sock`);
    Deno.chmodSync(folder, 0o777);
    assertThrows(
      () => makePrivateFolder(`${folder}/a.sock`),
      HostCallError,
      `Cannot put a socket into ${folder} as its group`,
    );
    Deno.writeTextFileSync(`${parent}/file`, "");
    const within = `${parent}/file/a/b.sock`;
    assertThrows(
      () => makePrivateFolder(within),
      HostCallError,
      `Cannot listen at ${within} as the file system refuses it`,
    );
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});
