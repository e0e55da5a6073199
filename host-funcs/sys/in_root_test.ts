import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { labTest } from "../../test/lab/isolation.ts";
import { identityInRoot } from "./in_root.ts";
import { specialFileIdentity } from "./special_file.ts";

Deno.test("identityInRoot() of this process is the file's own, through links as well", () => {
  const dir = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(`${dir}/file`, "");
    Deno.symlinkSync(`${dir}/file`, `${dir}/link`);
    const identity = specialFileIdentity(`${dir}/file`);
    for (const name of ["file", "link"]) assertEquals(identityInRoot(Deno.pid, `${dir}/${name}`), identity);
    assertThrows(() => identityInRoot(Deno.pid, `${dir}/none`), Error, "ENOENT");
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
});

Deno.test({
  ...labTest("identityInRoot() follows a link with a slash in the other process's files"),
  fn: async () => {
    const dir = Deno.makeTempDirSync();
    try {
      for (const side of ["ours", "theirs"]) Deno.mkdirSync(`${dir}/${side}`);
      for (const side of ["ours", "theirs"]) Deno.writeTextFileSync(`${dir}/${side}/file`, side);
      Deno.symlinkSync(`${dir}/ours`, `${dir}/link`);
      const script = `mount --bind ${dir}/theirs ${dir}/ours; echo; read -r _`;
      const child = new Deno.Command("unshare", {
        args: ["--mount", "--propagation", "private", "sh", "-c", script],
        stdin: "piped",
        stdout: "piped",
      }).spawn();
      const reader = child.stdout.getReader();
      try {
        await reader.read();
        const theirs = specialFileIdentity(`${dir}/theirs/file`);
        assertEquals(identityInRoot(child.pid, `${dir}/link/file`), theirs);
        assertNotEquals(specialFileIdentity(`/proc/${child.pid}/root${dir}/link/file`), theirs);
      } finally {
        await child.stdin.close();
        await reader.cancel();
        await child.status;
      }
    } finally {
      Deno.removeSync(dir, { recursive: true });
    }
  },
});
