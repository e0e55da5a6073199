import { assertEquals } from "@std/assert";
import { timingOf } from "./timing.ts";

Deno.test("timingOf() counts the time of a delegated plugin's host calls once", () => {
  const timing = timingOf({
    at: "2026-11-25T10:00:00.000Z",
    undone: [],
    command: "ADD",
    attachment: { network: "n", containerId: "c", ifname: "eth0" },
    plugins: ["bridge"],
    engine: "wasmtime",
    totalMs: 30,
    steps: [{ name: "start", ms: 14 }, { name: "engine", ms: 4 }, { name: "load bridge", ms: 1 }, {
      name: "call",
      ms: 9,
    }],
    hostCalls: [
      { plugin: "bridge", function: "ipam.add", args: "", depth: 0, ms: 5 },
      { plugin: "host-local", function: "leases.acquire", args: "", depth: 0, ms: 2 },
      { plugin: "bridge", function: "links.createVeth", args: "", depth: 0, ms: 1 },
    ],
  });
  assertEquals(timing, { total: 30, start: 14, load: 5, host: 3, rest: 8, hostCalls: 3, engine: "wasmtime" });
});
