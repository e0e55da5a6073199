import { assertEquals, assertThrows } from "@std/assert";
import { HostCallError } from "../../host-funcs/error.ts";
import { ERROR_CODES } from "../cni/error_codes.ts";
import { noCheckpoint } from "./checkpoint.ts";
import { Gate, PluginCallError } from "./gate.ts";
import { type InterfaceName, parseManifest } from "./manifest.ts";
import { Trace } from "./trace.ts";

/** A gate over changes that are a list of words. */
function fixture(imports: InterfaceName[] = ["links", "ipam"]) {
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

Deno.test("Gate answers a refusal of ipam as a CNI error", () => {
  const { guarded } = fixture(["links"]);
  const error = assertThrows(() => guarded("ipam", () => true)(), PluginCallError) as PluginCallError;
  assertEquals([error.payload.code, error.payload.msg.includes('"imports"')], [ERROR_CODES.denied, true]);
});

Deno.test("Gate drops a line for the log that cannot be written", () => {
  const { guarded } = fixture(["log"]);
  const write = guarded("log", () => {
    throw new HostCallError("io", "no space left");
  });
  assertEquals(write("a"), undefined);
});
