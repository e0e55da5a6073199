import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { readSpecialFile, specialFileIdentity } from "./special_file.ts";

Deno.test("readSpecialFile() reads /proc as Deno does", () => {
  assertEquals(readSpecialFile("/proc/version"), Deno.readTextFileSync("/proc/version"));
});

Deno.test("readSpecialFile() reads a file of several buffers whole", () => {
  const path = Deno.makeTempFileSync();
  try {
    const text = Array.from({ length: 4000 }, (_, line) => `line ${line}\n`).join("");
    Deno.writeTextFileSync(path, text);
    assertEquals(readSpecialFile(path), text);
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("readSpecialFile() of nothing fails with the kernel's reason", () => {
  assertThrows(() => readSpecialFile("/proc/nonexistent"), Error, "it does not exist (ENOENT)");
});

Deno.test("specialFileIdentity() tells namespaces apart by device and inode", () => {
  const identity = specialFileIdentity("/proc/self/ns/net");
  assertMatch(identity, new RegExp(`^\\d+:\\d+:${Deno.statSync("/proc/self/ns/net").ino}$`));
  assertEquals(specialFileIdentity(`/proc/${Deno.pid}/ns/net`), identity);
});
