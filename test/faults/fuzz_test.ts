// Configurations, input and environments that nobody should send. Whatever comes, the answer is a CNI result or a CNI
// error, never a stack trace, and nothing is left behind. fast-check prints the seed of a failure.

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { labTest } from "../lab/isolation.ts";
import { answerFault } from "./answer.ts";
import { FuzzNode } from "./fuzz_node.ts";
import { hostileValue, mutated, nearlyJson } from "./hostile.ts";
import { SCENARIOS } from "./scenarios.ts";

/** CNIDARIA_FUZZ=20 tries twenty times as much. */
const MORE = Number(Deno.env.get("CNIDARIA_FUZZ") ?? 1);
const VERBS = ["ADD", "DEL", "CHECK", "GC", "STATUS", "VERSION"] as const;
const valid = { "cni.dev/valid-attachments": [{ containerID: "other", ifname: "eth0" }] };
const prevResult = {
  cniVersion: "1.1.0",
  interfaces: [{ name: "eth0", mac: "02:00:00:00:00:01", sandbox: "/run/netns/x" }],
  ips: [{ address: "10.30.0.2/24", gateway: "10.30.0.1", interface: 0 }],
  routes: [{ dst: "0.0.0.0/0" }],
  dns: {},
};
const CONFIGS = SCENARIOS.map(({ config }) => config as Record<string, unknown>);
const WHOLE = CONFIGS.map((config) => ({
  ...config,
  ...valid,
  prevResult,
  runtimeConfig: { mac: "02:00:00:00:00:07", ips: ["10.30.0.9/24"], bandwidth: {} },
  args: { cni: { ips: ["10.30.0.8"] } },
  dns: { nameservers: ["192.0.2.53"], search: ["a.b"] },
}));

function fuzzTest(name: string, body: (node: FuzzNode) => Promise<void>): void {
  Deno.test({
    ...labTest(name),
    // libnftables stays loaded from the first rule on.
    sanitizeResources: false,
    fn: async () => {
      await using node = await FuzzNode.create();
      await body(node);
    },
  });
}

fuzzTest("ADD with a configuration that was changed at random", async (node) => {
  await fc.assert(
    fc.asyncProperty(mutated(CONFIGS), async (config) => {
      const answer = await node.call({}, config);
      assertEquals(await node.faultsAfter({}, config, answer), [], JSON.stringify(config).slice(0, 2000));
    }),
    { numRuns: 250 * MORE },
  );
});

fuzzTest("DEL, CHECK, GC and STATUS with a configuration that was changed at random", async (node) => {
  const verb = fc.constantFrom("DEL", "CHECK", "GC", "STATUS");
  await fc.assert(
    fc.asyncProperty(verb, mutated(WHOLE), async (CNI_COMMAND, config) => {
      const answer = await node.call({ CNI_COMMAND }, config);
      assertEquals(await node.faultsAfter({ CNI_COMMAND }, config, answer), [], JSON.stringify(config).slice(0, 2000));
    }),
    { numRuns: 200 * MORE },
  );
});

fuzzTest("any bytes, and nearly JSON, on standard input", async (node) => {
  const input = fc.oneof(fc.uint8Array({ maxLength: 200 }), nearlyJson);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...VERBS), input, async (CNI_COMMAND, stdin) => {
      assertEquals(answerFault(await node.call({ CNI_COMMAND }, stdin)), undefined);
    }),
    { numRuns: 400 * MORE },
  );
  assertEquals(await node.left(), []);
});

fuzzTest("more than 8 MiB on standard input", async (node) => {
  for (const CNI_COMMAND of VERBS) {
    const answer = await node.call({ CNI_COMMAND }, new Uint8Array(9 * 1024 * 1024).fill(0x20));
    assertEquals(answerFault(answer), undefined, CNI_COMMAND);
  }
  assertEquals(await node.left(), []);
});

fuzzTest("environment variables with any values", async (node) => {
  const pipe = `${node.directory}/pipe`;
  await new Deno.Command("mkfifo", { args: [pipe] }).output();
  const path = fc.constantFrom(
    ...["", "/", ".", "relative", "/nonexistent/x", "/dev/null", "/dev/zero", "/etc/passwd", "/etc/passwd/x", pipe],
    ...["/proc/self/ns/net", "/proc/self/ns/mnt", "/proc/self/fd/0", "/proc/self/mem", "/proc/1/root", "a\0b"],
    ...["x".repeat(5000), node.pod.path, `${node.pod.path}/`, `//${node.pod.path}`, "/run/../run", "/proc/sys/net"],
  );
  const text = fc.oneof(
    fc.string({ maxLength: 30 }),
    hostileValue.filter((it) => typeof it === "string"),
    path,
  ) as fc.Arbitrary<string>;
  const environment = fc.record({
    CNI_COMMAND: fc.oneof(fc.constantFrom(...VERBS, "ADD", "ADD", "DEL"), text),
    CNI_CONTAINERID: text,
    CNI_NETNS: path,
    CNI_IFNAME: text,
    CNI_ARGS: fc.oneof(
      text,
      fc.constantFrom("IgnoreUnknown=1;K8S_POD_NAME=\0", "IP=10.30.0.300", "MAC=zz", "=;=", "a="),
    ),
    CNI_PATH: path,
    CNIDARIA_ENGINE: fc.constantFrom("wasmtime", "auto", "v9", ""),
    CNIDARIA_LOG_LEVEL: fc.constantFrom("debug", "warn", "loud"),
  }, { requiredKeys: [] });
  await fc.assert(
    fc.asyncProperty(environment, fc.constantFrom(...CONFIGS), async (env, config) => {
      const answer = await node.call(env, config);
      assertEquals(await node.faultsAfter(env, config, answer), []);
    }),
    { numRuns: 250 * MORE },
  );
});
