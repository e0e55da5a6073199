import { assertEquals, assertThrows } from "@std/assert";
import type { CniParameters } from "../cni/environment.ts";
import { CniFailure } from "../cni/failure.ts";
import { createLog } from "../cni/log.ts";
import { ComponentError, EngineError, type EngineErrorKind, type Imports } from "../engine/engine.ts";
import { contractFunctions } from "./grants/testing/contract_functions.ts";
import { factoriesOf } from "./link.ts";
import { noCheckpoint } from "./checkpoint.ts";
import { PluginLoader, type ReadyPlugin } from "./component.ts";
import { CallContext } from "./host_context.ts";
import { INTERFACES, parseManifest } from "./manifest.ts";
import { Runner } from "./runner.ts";
import { Trace } from "./trace.ts";

const parameters: CniParameters = {
  command: "ADD",
  containerId: "pod",
  netns: "/run/netns/pod",
  ifname: "eth0",
  rawArgs: "",
  args: [["A", "b"]],
  rawPath: "",
  path: [],
};

const log = createLog(() => "error", () => "");

function runner(): Runner {
  const attachment = { network: "net", containerId: "pod", ifname: "eth0" };
  return new Runner({
    parameters,
    network: "net",
    hasNetns: true,
    context: new CallContext({ attachment, args: [], stateDir: "/nonexistent", log }, { append: () => {} }),
    changes: { mark: () => 0, retract: () => {}, abandon: () => {}, madeLink: () => false },
    loader: new PluginLoader(
      "/nonexistent",
      "/nonexistent",
      () => Promise.reject(new Error("no engine")),
      new Trace(),
    ),
    trace: new Trace(),
    checkpoint: noCheckpoint,
    ips: () => [],
    valid: [{ containerId: "other", ifname: "eth0" }],
    log: () => {},
  });
}

/** A plugin whose component is a function. */
function plugin(call: (name: string, args: readonly unknown[], imports: Imports) => unknown): ReadyPlugin {
  return {
    manifest: parseManifest(
      JSON.stringify({ name: "p", version: "1", description: "", imports: ["ipam", "log"] }),
      "plugin.json",
    ),
    interfaces: ["ipam", "log"],
    factories: new Map(),
    component: {
      imports: [],
      close: () => {},
      instantiate: (imports) => ({
        call: (_, name, args) => call(name, args, imports),
        fuelUsed: () => undefined,
        renew: () => {},
        close: () => {},
      }),
    },
  };
}

Deno.test("Runner gives a plugin its attachment and its configuration, without the host's keys", () => {
  const seen = plugin((name, args) => [name, args]);
  const config = { name: "net", mtu: 1400, prevResult: {}, "cni.dev/valid-attachments": [] };
  assertEquals(runner().run(seen, "add", config, undefined) as unknown, ["add", [
    { containerId: "pod", ifname: "eth0", network: "net", hasNetns: true, args: [["A", "b"]] },
    '{"name":"net","mtu":1400}',
  ]]);
  assertEquals(runner().run(seen, "gc", config, undefined) as unknown, ["gc", [
    "net",
    '{"name":"net","mtu":1400}',
    [{ containerId: "other", ifname: "eth0" }],
  ]]);
  assertEquals(runner().run(seen, "status", {}, undefined) as unknown, ["status", ["net", "{}"]]);
});

function failureOf(error: unknown): CniFailure {
  const failing = plugin(() => {
    throw error;
  });
  return assertThrows(() => runner().run(failing, "add", {}, undefined), CniFailure) as CniFailure;
}

for (
  const [kind, code] of [
    ["bad-component", 204],
    ["trap", 205],
    ["time-limit", 206],
    ["fuel-limit", 207],
    ["memory-limit", 208],
    ["host-call-limit", 216],
    ["value-limit", 217],
    ["stack-limit", 218],
    ["host-failure", 209],
  ] as [EngineErrorKind, number][]
) {
  Deno.test(`Runner answers code ${code} to a ${kind}`, () => {
    const failure = failureOf(new EngineError(kind, "p", "what happened"));
    assertEquals([failure.code, failure.message], [code, "what happened"]);
  });
}

Deno.test("Runner passes a plugin's own error on, and doubts what is none", () => {
  const failure = failureOf(new ComponentError({ code: 142, msg: "m", details: "d" }));
  assertEquals([failure.code, failure.message, failure.details], [142, "m", "d"]);
  assertEquals(failureOf(new ComponentError({ code: 1, msg: "m", details: "" })).code, 210);
  assertEquals(failureOf(new ComponentError("oops")).code, 210);
  assertEquals(failureOf(new TypeError("x is undefined")).code, 200);
});

Deno.test("Runner ends plugins that run each other without end, and names them", () => {
  const subject = runner();
  let depth = 0;
  const circle: ReadyPlugin = plugin(() => {
    depth++;
    return subject.run(circle, "add", {}, undefined);
  });
  const failure = assertThrows(() => subject.run(circle, "add", {}, undefined), CniFailure) as CniFailure;
  assertEquals([depth, failure.code], [4, 218]);
  assertEquals(
    failure.message,
    "Cannot run plugin p as plugins run each other more than 4 deep: p -> p -> p -> p -> p",
  );
  assertEquals(subject.run(plugin(() => "done"), "add", {}, undefined) as unknown, "done");
});

for (
  const [what, config, code] of [
    ["no ipam.type", "{}", 7],
    ["no object", "[]", 7],
    ["no JSON", "nonsense", 7],
    ["no such plugin", '{"ipam": {"type": "absent"}}', 201],
    ["a path as plugin", '{"ipam": {"type": "../sh"}}', 201],
  ] as const
) {
  Deno.test(`interface ipam answers code ${code} to ${what}`, () => {
    const calling = plugin((_, __, imports) => {
      try {
        return imports["cnidaria:cni/ipam@0.3.0"]?.["add"]?.(config);
      } catch (error) {
        // As an engine and a component pass it on.
        throw new ComponentError((error as { payload?: unknown }).payload);
      }
    });
    const own = config.startsWith("{") ? JSON.parse(config) : {};
    const failure = assertThrows(() => runner().run(calling, "add", own, undefined), CniFailure) as CniFailure;
    assertEquals(failure.code, code);
  });
}

Deno.test("Runner hands a component the functions of the contract, each behind the gate", async () => {
  const manifest = parseManifest(
    JSON.stringify({ name: "p", version: "1", description: "", imports: [] }),
    "plugin.json",
  );
  const factories = factoriesOf(INTERFACES);
  let handed: Imports = {};
  const all = { ...plugin((_, __, imports) => void (handed = imports)), manifest, interfaces: INTERFACES, factories };
  runner().run(all, "status", {}, undefined);
  const functions = Object.entries(handed).flatMap(([name, each]) =>
    Object.entries(each).map(([key, run]) => [`${/([a-z-]+)@/.exec(name)?.[1]}.${key}`, run] as const)
  );
  assertEquals(functions.map(([label]) => label).sort(), (await contractFunctions()).sort());
  for (const [label, run] of functions) {
    if (label !== "log.write") assertThrows(() => run(), Error, `${label} for plugin p as it has no grant for that`);
  }
});
