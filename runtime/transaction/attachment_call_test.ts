import { assertEquals } from "@std/assert";
import { MemoryChanges } from "./attachment_call.ts";

Deno.test("MemoryChanges forgets what a host call wrote down that then failed", () => {
  const sink = new MemoryChanges();
  sink.append({ kind: "link-deleted", ns: "container", name: "eth0" });
  sink.append({ kind: "firewall-released" });
  sink.retract(1);
  assertEquals(sink.changes, [{ kind: "link-deleted", ns: "container", name: "eth0" }]);
  sink.retract(5);
  assertEquals(sink.changes.length, 1);
});
