import { assertEquals } from "@std/assert";
import { isYes } from "./ask.ts";

Deno.test("only a clear yes is one", () => {
  for (const line of ["y\n", "Y", " yes \r\n", "YES\n"]) assertEquals(isYes(line), true, line);
  for (const line of ["", "\n", "n\n", "yess", "no", "j", "oh yes"]) assertEquals(isYes(line), false, line);
});
