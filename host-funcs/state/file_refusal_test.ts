import { assertEquals, assertThrows } from "@std/assert";
import { HostCallError } from "../error.ts";
import { fileRefusal } from "./file_refusal.ts";

Deno.test("fileRefusal() knows what Deno says, and gives advice", () => {
  const cause = assertThrows(() => Deno.openSync("/dev/null/x", { read: true })) as Error;
  const error = fileRefusal("open the journal", "/dev/null/x", cause);
  assertEquals(error.code, "io");
  assertEquals(error.message.includes("a part of its path is no directory"), true, error.message);
});

Deno.test.each([[28, "exhausted", "disk is full"], [30, "io", "read-only"], [24, "busy", "open files"], [
  122,
  "exhausted",
  "quota",
]])("fileRefusal() of os error %d is %s", (errno, code, word) => {
  const error = fileRefusal("write the journal", "/s/j", new Error(`No (os error ${errno})`));
  assertEquals([error.code as string, error.message.startsWith("Cannot write the journal /s/j as ")], [code, true]);
  assertEquals(error.message.includes(word === "open files" ? "files are open" : word), true, error.message);
});

Deno.test("fileRefusal() hands a refusal back, and repeats what it does not know", () => {
  const own = new HostCallError("denied", "no");
  assertEquals(fileRefusal("a", "b", own), own);
  assertEquals(fileRefusal("read", "/x", new Error("odd")).message, "Cannot read /x as odd");
});
