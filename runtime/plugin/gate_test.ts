import { assertEquals, assertThrows } from "@std/assert";
import { HostCallError } from "../../host-funcs/error.ts";
import { ERROR_CODES } from "../cni/error_codes.ts";
import { noCheckpoint } from "./checkpoint.ts";
import { Gate, PluginCallError } from "./gate.ts";
import { type InterfaceName, parseManifest } from "./manifest.ts";
import { Trace } from "./trace.ts";

/** A gate over changes that are a list of words. */
function fixture(hostCalls = 10, imports: InterfaceName[] = ["links", "ipam"]) {
  const changes: string[] = [];
  const trace = new Trace();
  const gate = new Gate({
    manifest: parseManifest(
      JSON.stringify({
        name: "p",
        version: "1",
        description: "",
        imports,
        grants: { links: { host: ["*"] } },
        limits: { hostCalls },
      }),
      "plugin.json",
    ),
    scope: { ifname: "eth0", config: {}, command: "ADD", madeLink: () => false, ips: () => [], valid: [] },
    trace,
    checkpoint: noCheckpoint,
    mark: () => changes.length,
    retract: (mark) => changes.length = mark,
  });
  // A function of each interface that needs the import alone: grants have tests of their own.
  const functions: { [name in InterfaceName]?: string } = { links: "list", ipam: "add", log: "write" };
  const guarded = (name: InterfaceName, run: (...args: unknown[]) => unknown) =>
    gate.guard(name, { [functions[name]!]: run })[functions[name]!]!;
  return { changes, trace, guarded };
}

Deno.test("Gate passes arguments and result, and traces the call", () => {
  const { guarded, trace } = fixture();
  assertEquals(guarded("links", (a, b) => [b, a])("x", 1), [1, "x"]);
  const [call] = trace.data.hostCalls;
  assertEquals([call?.plugin, call?.function, call?.args, call?.error], ["p", "links.list", '"x", 1', undefined]);
});

Deno.test("Gate retracts what a host function wrote down and then failed to do", () => {
  const { changes, guarded, trace } = fixture();
  changes.push("earlier");
  const run = guarded("links", () => {
    changes.push("not made");
    throw new HostCallError("io", "no");
  });
  assertThrows(() => run(), HostCallError);
  assertEquals(changes, ["earlier"]);
  assertEquals(trace.data.hostCalls[0]?.error, "io: no");
});

Deno.test("Gate keeps what another plugin did before it failed", () => {
  const { changes, guarded } = fixture();
  const run = guarded("ipam", () => {
    changes.push("leased");
    throw new PluginCallError({ code: 7, msg: "no", details: "" });
  });
  const error = assertThrows(() => run(), PluginCallError) as PluginCallError;
  assertEquals([error.payload.code, changes], [7, ["leased"]]);
});

Deno.test("Gate ends a plugin's host calls at its limit", () => {
  const { guarded } = fixture(2);
  const run = guarded("links", () => true);
  run();
  run();
  const error = assertThrows(() => run(), HostCallError, "too many host calls") as HostCallError;
  assertEquals(error.code, "denied");
});

Deno.test("Gate refuses arguments that are too large, before the host function sees them", () => {
  const { guarded } = fixture();
  let ran = false;
  const run = guarded("links", () => ran = true);
  for (const argument of ["x".repeat(2_000_000), { a: new Array(2_000_000).fill(0) }, [new Uint8Array(2_000_000)]]) {
    assertEquals((assertThrows(() => run(argument), HostCallError) as HostCallError).code, "invalid");
  }
  assertEquals(ran, false);
});

Deno.test("Gate answers a refusal of ipam as a CNI error", () => {
  const { guarded } = fixture(10, ["links"]);
  const error = assertThrows(() => guarded("ipam", () => true)(), PluginCallError) as PluginCallError;
  assertEquals([error.payload.code, error.payload.msg.includes('"imports"')], [ERROR_CODES.denied, true]);
});

Deno.test("Gate drops lines for the log that are too many or too long", () => {
  const { guarded } = fixture(2, ["log"]);
  const lines: unknown[] = [];
  const write = guarded("log", (line) => void lines.push(line));
  write("x".repeat(2_000_000));
  write("a");
  write("b");
  assertEquals(lines, ["a"]);
});
