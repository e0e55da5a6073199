import { assertEquals, assertNotEquals } from "@std/assert";
import { Names } from "./names.ts";

Deno.test("texts of one hash have names of their own, and keep them when another's is free", () => {
  const names = new Names(() => "same");
  assertEquals(names.hashed("a-", "one"), "a-same");
  assertEquals(names.hashed("a-", "two"), "a-same-2");
  names.release("a-same");
  assertEquals(names.hashed("a-", "two"), "a-same-2");
  assertEquals(names.hashed("a-", "three"), "a-same");
});

Deno.test("a name that is too long or has other letters is a hash", () => {
  const names = new Names();
  assertEquals(names.plain("accept.", "np.shop/web"), "accept.np.shop/web");
  const [one, other] = [`np.shop/${"a".repeat(200)}`, `np.shop/${"a".repeat(199)}b`];
  assertEquals(names.plain("accept.", one).length <= 96, true);
  assertNotEquals(names.plain("accept.", one), names.plain("accept.", other));
});
