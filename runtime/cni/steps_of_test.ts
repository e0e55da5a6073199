import { assertEquals, assertThrows } from "@std/assert";
import { CniFailure } from "./failure.ts";
import { stepsOf } from "./steps_of.ts";

const installed = (name: string) => ["bridge", "host-local"].includes(name);
const types = (calledAs: string, config: Record<string, unknown>) => {
  const { plugin, steps } = stepsOf(calledAs, { name: "net", ...config }, installed);
  return [plugin, ...steps.map((step) => step.type)];
};

for (
  const [calledAs, config, expected] of [
    ["bridge", { type: "bridge" }, ["bridge", "bridge"]],
    ["cnidaria-bridge", { type: "cnidaria-bridge" }, ["bridge", "bridge"]],
    // An IPAM plugin gets the configuration of the plugin that runs it.
    ["host-local", { type: "macvlan" }, ["host-local", "host-local"]],
    ["cnidaria-absent", { type: "bridge" }, ["absent", "absent"]],
    ["", { type: "bridge" }, ["bridge", "bridge"]],
    ["deno", { type: "bridge" }, ["bridge", "bridge"]],
    ["", { type: "cnidaria-bridge" }, ["bridge", "bridge"]],
    ["cnidaria", { type: "cnidaria", plugin: "bridge" }, ["bridge", "bridge"]],
    ["cnidaria", { type: "cnidaria", plugins: [{ type: "bridge" }, { type: "tuning" }] }, [
      "cnidaria",
      "bridge",
      "tuning",
    ]],
    ["cnidaria", { type: "bridge" }, ["bridge", "bridge"]],
  ] as const
) {
  Deno.test(`stepsOf() called as ${JSON.stringify(calledAs)} with ${JSON.stringify(config)}`, () => {
    assertEquals(types(calledAs, config), [...expected]);
  });
}

Deno.test("stepsOf() gives each plugin of a chain the keys of the network, and its own", () => {
  const { steps } = stepsOf("cnidaria", {
    cniVersion: "1.0.0",
    name: "net",
    type: "cnidaria",
    runtimeConfig: { mac: "0a:00:00:00:00:01" },
    plugins: [{ type: "bridge", name: "other", mtu: 1400 }],
  }, installed);
  assertEquals(steps[0]?.config, {
    cniVersion: "1.0.0",
    name: "net",
    type: "bridge",
    mtu: 1400,
    runtimeConfig: { mac: "0a:00:00:00:00:01" },
  });
});

Deno.test("stepsOf() refuses a configuration that names no plugin", () => {
  for (const config of [{ name: "net" }, { name: "net", type: "cnidaria" }]) {
    assertEquals((assertThrows(() => stepsOf("cnidaria", config, installed), CniFailure) as CniFailure).code, 7);
  }
});
