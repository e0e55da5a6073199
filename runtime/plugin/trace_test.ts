import { assertEquals } from "@std/assert";
import { Trace } from "./trace.ts";

Deno.test("Trace writes steps that add up, and host calls with short arguments", () => {
  const path = Deno.makeTempFileSync();
  try {
    const trace = new Trace(true);
    trace.step("one");
    trace.step("two");
    trace.hostCall("p", "links.get", ["host", "x".repeat(1000)], 0.5);
    trace.hostCall("p", "links.set", [undefined], 0.25, "denied: no");
    trace.writeTo(path);
    const { steps, hostCalls, totalMs } = JSON.parse(Deno.readTextFileSync(path));
    const sum = steps.reduce((sum: number, step: { ms: number }) => sum + step.ms, 0);
    assertEquals([steps.length, sum <= totalMs + 0.01], [2, true]);
    assertEquals([hostCalls[0].args.length < 210, hostCalls[1].error], [true, "denied: no"]);
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("Trace keeps no host calls that nobody will see, and never fails the call", () => {
  const trace = new Trace(false);
  trace.hostCall("p", "links.get", [], 1);
  assertEquals(trace.data.hostCalls, []);
  trace.writeTo(undefined);
  trace.writeTo("/nonexistent/folder/trace.json");
});
