import { assertEquals } from "@std/assert";
import { isOwn, runtimeName } from "./runtime_name.ts";

Deno.test("runtimeName() is CNIDARIA_RUNTIME, else the parent's name, else empty", async () => {
  assertEquals(runtimeName("crio"), "crio");
  assertEquals(runtimeName("x".repeat(500)).length, 128);
  const own = Deno.readTextFileSync("/proc/self/comm").trim();
  assertEquals([runtimeName(undefined, Deno.pid), runtimeName("", Deno.pid)], [own, own]);
  assertEquals(runtimeName(undefined, 1), "", "the parent is gone");
  const child = new Deno.Command("true").spawn();
  await child.status;
  assertEquals(runtimeName(undefined, child.pid), "", "no such process");
});

Deno.test.each([
  ["containerd", "containerd", true],
  ["containerd", "crio", false],
  ["", "crio", true],
  ["containerd", "", true],
])("isOwn() of %j for %j is %s", (runtime, own, expected) => assertEquals(isOwn(runtime, own), expected));
