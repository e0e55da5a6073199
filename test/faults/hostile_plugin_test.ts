// A plugin of somebody else's, which an administrator has allowed, attaches a container and then misbehaves: each time the
// call ends within the plugin's limits with an error that names plugin and limit, and nothing is left of what it had done.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { buildPlugin } from "../../plugins/sdk/build.ts";
import { install } from "../../runtime/setup/install/install.ts";
import { attachment } from "../e2e/networks.ts";
import { type Config, fail, succeed, type Target } from "../lab/cni_call.ts";
import { must } from "../lab/command.ts";
import { labTest } from "../lab/isolation.ts";
import { Node } from "../lab/node.ts";
import { difference, snapshot } from "./snapshot.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const SOURCE = `${ROOT}test/faults/hostile`;
const BUILT = `${ROOT}dist/examples/hostile`;
/** `timeMs` of its plugin.json, and what starting and undoing may take on a machine that is busy. */
const MOST_MS = 6000 + 15_000;

type Engine = "wasmtime" | "v8";

/** What it does, the code that has to come of it on each engine, and what the message has to say. */
const CASES: readonly [misbehave: string, codes: Record<Engine, readonly number[]>, message: string][] = [
  // Fuel ends it on wasmtime, or the clock where the machine is slower than the fuel lasts.
  ["loop", { wasmtime: [207, 206], v8: [206] }, "plugin allow hostile --limit"],
  ["hoard", both(208), "its limit of 33554432 bytes (limits.memoryBytes"],
  ["recurse", both(218), "recursed deeper than its stack of"],
  ["flood", both(216), "its limit of 50 (limits.hostCalls"],
  ["flood of refused calls", both(216), "its limit of 50 (limits.hostCalls"],
  ["flood of log lines", both(216), "its limit of 50 (limits.hostCalls"],
  ["long argument", both(217), "its limit of 100000 bytes (limits.valueBytes"],
  ["long list", both(217), "its limit of 100000 bytes (limits.valueBytes"],
  ["long result", both(217), "its limit of 100000 bytes (limits.valueBytes"],
  ["long error", both(217), "its limit of 100000 bytes (limits.valueBytes"],
  ["crash", both(205), "crashed"],
  // Its own IPAM plugin is itself.
  ["circle", both(218), "hostile -> hostile -> hostile -> hostile -> hostile"],
];

function both(code: number): Record<Engine, readonly number[]> {
  return { wasmtime: [code], v8: [code] };
}

const config = (misbehave: string): Config => ({
  cniVersion: "1.1.0",
  name: "blue",
  type: "cnidaria-hostile",
  ipam: misbehave === "circle" ? { type: "hostile" } : { type: "host-local", ranges: [[{ subnet: "10.22.0.0/24" }]] },
  misbehave,
});

/** An installation that has the plugin, allowed on a node. */
async function withHostilePlugin(node: Node, engine: Engine, run: (target: Target) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "cnidaria-hostile-" });
  try {
    const dist = `${directory}/dist`;
    await must(["cp", "-r", `${ROOT}dist`, dist]);
    await must(["cp", "-r", BUILT, `${dist}/plugins/hostile`]);
    const places = { prefix: `${directory}/prefix`, binDir: `${directory}/bin`, stateDir: node.stateDirectory };
    const executable = { kind: "deno" as const, path: Deno.execPath() };
    await install({ ...places, dist, dropIns: [], force: false, executable, entry: undefined });
    const [release] = [...Deno.readDirSync(`${places.prefix}/releases`)];
    const libDir = `${places.prefix}/releases/${release!.name}/lib/cnidaria`;
    // By the command line of the checkout, which has jco and so makes it ready for v8 as well.
    await must([Deno.execPath(), "run", "-A", `${ROOT}runtime/main.ts`, "plugin", "allow", "hostile", "--yes"], {
      env: { CNIDARIA_STATE: node.stateDirectory, CNIDARIA_LIB: libDir },
      limit: 120_000,
    });
    await run({
      name: `cnidaria/${engine}`,
      ours: true,
      directory: places.binDir,
      environment: () => ({ CNIDARIA_STATE: node.stateDirectory, CNIDARIA_ENGINE: engine }),
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

// Before the first test: what the builders leave open is not that test's.
if (!labTest("").ignore) await buildPlugin(SOURCE, BUILT);

for (const engine of ["wasmtime", "v8"] as const) {
  Deno.test({
    ...labTest(
      `${engine}: a plugin that misbehaves in ${CASES.length} ways ends at its limits, and nothing of it stays`,
    ),
    // esbuild's process, which built the plugin, may end while a test runs.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async (test) => {
      await using node = await Node.create();
      await withHostilePlugin(node, engine, async (target) => {
        const pod = await node.pod();
        const look = async () =>
          (await snapshot(node.namespace, [pod], node.stateDirectory)).filter((line) => !line.includes("/calls/"));
        // What a call leaves that is well is there from now on: the database, and a pool in it.
        const good = attachment(pod);
        await succeed(target, node, "ADD", config("nothing"), good);
        await succeed(target, node, "DEL", config("nothing"), good);
        const before = await look();
        for (const [misbehave, codes, message] of CASES) {
          await test.step(misbehave, async () => {
            const began = performance.now();
            const error = await fail(target, node, "ADD", config(misbehave), attachment(pod));
            const took = performance.now() - began;
            assert(codes[engine].includes(error.code), JSON.stringify(error));
            assertStringIncludes(error.msg, "plugin hostile");
            assertStringIncludes(error.msg, message);
            assert(error.msg.length < 500, error.msg.slice(0, 600));
            assert(!/\n|\bat .*:\d+:\d+/.test(error.msg), error.msg);
            assert(took < MOST_MS, `${took} ms`);
            assertEquals(difference(before, await look()), []);
          });
        }
        await succeed(target, node, "ADD", config("nothing"), attachment(pod));
      });
    },
  });
}
