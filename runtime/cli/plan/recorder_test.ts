import { assertEquals } from "@std/assert";
import type { Change } from "../../../host-funcs/change.ts";
import { Recorder } from "./recorder.ts";

const change = (name: string): Change => ({ kind: "link-deleted", ns: "host", name });

Deno.test("a Recorder keeps changing calls with their own changes, also inside a call that runs a plugin", () => {
  const recorder = new Recorder();
  const outer = recorder.hostCall("bridge", "ipam.add", ["{}"]);
  const inner = recorder.hostCall("host-local", "leases.acquire", [{}, undefined]);
  recorder.changed(change("a"));
  inner({});
  outer({});
  recorder.hostCall("bridge", "links.get", ["host", "a"])({});
  assertEquals(recorder.entries.map((it) => [it.plugin, it.function, it.changes]), [
    ["host-local", "leases.acquire", [change("a")]],
  ]);
});

Deno.test("a call that is refused has changed nothing, and leaves nothing to the next", () => {
  const recorder = new Recorder();
  const first = recorder.hostCall("bridge", "links.delete", ["host", "a"]);
  recorder.changed(change("a"));
  first({ error: "io: no" });
  const second = recorder.hostCall("bridge", "links.delete", ["host", "b"]);
  recorder.changed(change("b"));
  second({});
  assertEquals(recorder.entries.map((it) => [it.error, it.changes]), [["io: no", []], [undefined, [change("b")]]]);
});

Deno.test("a number of 64 bits can be printed as JSON", () => {
  const recorder = new Recorder();
  recorder.hostCall("bandwidth", "traffic-control.limit", ["eth0", { toContainer: { rate: 8n } }])({});
  assertEquals(recorder.entries[0]!.args, ["eth0", { toContainer: { rate: 8 } }]);
});
