import { assertEquals } from "@std/assert";
import { whyUntrusted } from "./trust.ts";

const info = (uid: number | null, mode: number | null) => ({ uid, mode }) as Deno.FileInfo;

Deno.test("whyUntrusted() trusts what root or the caller alone can write to", () => {
  assertEquals(whyUntrusted(info(0, 0o100644), 1000), undefined);
  assertEquals(whyUntrusted(info(1000, 0o100600), 1000), undefined);
  assertEquals(whyUntrusted(info(null, null), 1000), undefined);
});

Deno.test("whyUntrusted() names another owner, and a right of the group or of everyone to write", () => {
  assertEquals(whyUntrusted(info(7, 0o100600), 0), "it belongs to user 7: make it belong to root (chown 0:0)");
  for (const mode of [0o660, 0o602, 0o1777]) {
    assertEquals(
      whyUntrusted(info(0, 0o100000 | mode), 0),
      `its group or others can write to it, its mode is ${mode.toString(8)}: take that away (chmod go-w)`,
    );
  }
});
