import { assertEquals } from "@std/assert";
import { Trace } from "./trace.ts";

Deno.test("Trace writes steps that add up", () => {
  const path = Deno.makeTempFileSync();
  try {
    const trace = new Trace();
    trace.step("one");
    trace.end();
    trace.writeTo(path);
    const { steps, totalMs } = JSON.parse(Deno.readTextFileSync(path));
    const sum = steps.reduce((sum: number, step: { ms: number }) => sum + step.ms, 0);
    assertEquals([steps.length, sum <= totalMs + 0.01], [2, true]);
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("Trace has host calls in the order of their beginning, with depth, result and error, all short", () => {
  const trace = new Trace();
  const outer = trace.hostCall("bridge", "ipam.add", ["x".repeat(1000)]);
  const inner = trace.hostCall("host-local", "leases.acquire", [{ index: 0 }, undefined]);
  inner({ result: { address: "10.0.0.2", size: 5n } });
  outer({ error: "denied: no" });
  trace.hostCall("bridge", "links.delete", [])({});
  const [first, second, third] = trace.data.hostCalls;
  assertEquals([first?.function, first?.depth, first?.error, first!.args.length < 420], [
    "ipam.add",
    0,
    "denied: no",
    true,
  ]);
  assertEquals([second?.depth, second?.args, second?.result], [1, '{"index":0}, ', '{"address":"10.0.0.2","size":5}']);
  assertEquals([third?.depth, third?.result, third?.error], [0, undefined, undefined]);
});

Deno.test("Trace has what was undone, and never fails the call", () => {
  const trace = new Trace();
  trace.undone({ kind: "firewall-released" }, 0.5);
  trace.undone({ kind: "link-deleted", ns: "host", name: "x" }, 1, "it is busy");
  assertEquals(trace.data.undone.map(({ error }) => error), [undefined, "it is busy"]);
  trace.writeTo(undefined);
  trace.writeTo("/nonexistent/folder/trace.json");
});
