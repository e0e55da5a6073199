import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { CallTrace } from "../plugin/trace.ts";
import { isWanted, spansOf } from "./telemetry.ts";

const call: CallTrace = {
  at: "2026-01-02T03:04:05.678Z",
  command: "ADD",
  attachment: { network: "blue", containerId: "one", ifname: "eth0" },
  plugins: ["bridge", "tuning"],
  engine: "wasmtime",
  totalMs: 4.5,
  steps: [{ name: "start", ms: 0.25 }, { name: "add bridge", ms: 3 }, { name: "end", ms: 1.25 }],
  hostCalls: [{ plugin: "bridge", function: "links.get", args: "", depth: 0, ms: 1 }],
  undone: [],
};
const began = Date.parse(call.at);

Deno.test("a call is a span, and its steps are its children, one after the other", () => {
  const { children, ...span } = spansOf(call);
  assertEquals(span, {
    name: "CNI ADD",
    start: began,
    end: began + 4.5,
    attributes: {
      "cni.command": "ADD",
      "cni.network": "blue",
      "cni.container_id": "one",
      "cni.ifname": "eth0",
      "cni.plugins": "bridge,tuning",
      "cnidaria.engine": "wasmtime",
      "cnidaria.host_calls": 1,
      "cnidaria.undone": 0,
    },
  });
  assertEquals(children.map((it) => [it.name, it.start - began, it.end - began]), [
    ["start", 0, 0.25],
    ["add bridge", 0.25, 3.25],
    ["end", 3.25, 4.5],
  ]);
  assertAlmostEquals(children.at(-1)!.end, span.end, 1e-6);
});

Deno.test("a call that failed has its message and code, and what was undone", () => {
  const error = { code: 7, message: "Cannot ADD as the mtu is too large" };
  const undone = [{ change: "{}", ms: 1 }, { change: "{}", ms: 1, error: "busy" }];
  const span = spansOf({ ...call, error, undone });
  assertEquals(span.error, error.message);
  assertEquals([span.attributes["cni.error_code"], span.attributes["cnidaria.undone"]], [7, 2]);
  assertEquals("error" in spansOf(call), false);
});

Deno.test("spans are wanted where Deno exports them", () => {
  const wanted = (value?: string) => isWanted((name) => name === "OTEL_DENO" ? value : "true");
  assertEquals([wanted("true"), wanted("1"), wanted("TRUE")], [true, true, true]);
  assertEquals([wanted(), wanted(""), wanted("0"), wanted("false"), wanted("11")], [false, false, false, false, false]);
});
