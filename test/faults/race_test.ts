// Calls that meet: on one attachment at once, on what a dead process left, and DEL where ADD has not come, where the
// component, the configuration or the namespace is not what it was.

import { assert, assertEquals } from "@std/assert";
import type { Config } from "../lab/cni_call.ts";
import { labTest } from "../lab/isolation.ts";
import { esbuildStays, FaultyProgram } from "./faulty_program.ts";
import { randomNumbers, seedOfRun } from "./random.ts";
import { SCENARIOS } from "./scenarios.ts";
import { SweepNode } from "./sweep_node.ts";

const scenario = SCENARIOS.find(({ name }) => name === "bridge")!;
const ATTACHMENT_EXISTS = 212;
const root = new URL("../..", import.meta.url).pathname;

function raceTest(name: string, body: (node: SweepNode, program: FaultyProgram) => Promise<void>): void {
  Deno.test({
    ...esbuildStays,
    ...labTest(name),
    fn: async () => {
      await using program = await FaultyProgram.build();
      await using node = await SweepNode.create({ program, scenario, engine: "wasmtime", shared: true });
      await body(node, program);
      assert(await node.otherIsWell(), "the other pod does not reach its gateway any more");
    },
  });
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

raceTest("two ADDs at once on one attachment: one succeeds, the other is told that it exists", async (node) => {
  for (let round = 0; round < 8; round++) {
    const outcomes = await Promise.all([node.call("ADD"), node.call("ADD")]);
    const [loser] = outcomes.filter(({ code }) => code !== 0);
    assertEquals(outcomes.filter(({ code }) => code === 0).length, 1, JSON.stringify(outcomes));
    assertEquals(JSON.parse(loser!.stdout).code, ATTACHMENT_EXISTS, loser!.stdout);
    assert(await node.pod.ping(scenario.gateway!), "the pod is not attached");
    await node.succeed("DEL");
    assertEquals(await node.differs(node.before), []);
  }
});

raceTest("an ADD that meets a DEL ends attached completely, or not at all", async (node) => {
  const seed = seedOfRun();
  const random = randomNumbers(seed);
  const ended = { attached: 0, gone: 0 };
  for (let round = 0; round < 24; round++) {
    const offset = random() * 200 - 60;
    const add = sleep(Math.max(0, -offset)).then(() => node.call("ADD"));
    const del = sleep(Math.max(0, offset)).then(() => node.call("DEL"));
    const where = `seed ${seed}, DEL ${offset.toFixed(0)} ms after ADD`;
    const [added, deleted] = await Promise.all([add, del]);
    assertEquals([added.code, deleted.code], [0, 0], `${where}: ${JSON.stringify([added, deleted])}`);
    const prevResult = JSON.parse(added.stdout) as Record<string, unknown>;
    const check = await node.sweep.program.call(node.place, "CHECK", { ...scenario.config, prevResult });
    if (check.code === 0) {
      ended.attached++;
      assert(await node.pod.ping(scenario.gateway!), `${where}: CHECK passes, and the gateway does not answer`);
      await node.succeed("DEL");
    } else ended.gone++;
    assertEquals(await node.differs(node.before), [], where);
  }
  await report(`an ADD met a DEL: ${ended.attached} times attached, ${ended.gone} times gone`);
});

raceTest("several processes at once recover what a dead one left, and only one of them undoes it", async (node) => {
  const add = (await node.succeed("ADD")).points;
  await node.succeed("DEL");
  for (let round = 0; round < 6; round++) {
    const outcome = await node.call("ADD", [{ kind: "kill", at: add.indexOf("commit") }]);
    assert(outcome.killed);
    const all = await Promise.all((["GC", "DEL", "GC", "DEL"] as const).map((command) => node.call(command)));
    assertEquals(all.map(({ code }) => code), [0, 0, 0, 0], JSON.stringify(all));
    const undone = all.map(({ points }) => points.filter((point) => point.startsWith("undo ")).length);
    assertEquals(undone.filter((count) => count > 0).length, 1, `changes undone by each: ${undone.join(", ")}`);
    assertEquals(await node.differs(node.before), []);
  }
});

raceTest("DEL four times at once succeeds four times", async (node) => {
  for (let round = 0; round < 4; round++) {
    await node.succeed("ADD");
    await Promise.all([1, 2, 3, 4].map(() => node.succeed("DEL")));
    assertEquals(await node.differs(node.before), []);
  }
});

raceTest("DEL before any ADD, and GC of an attachment that there is not, do nothing", async (node) => {
  await node.succeed("DEL");
  await node.succeed("GC");
  assertEquals(await node.differs(node.before), []);
});

const { config } = scenario;
const ipam = config.ipam as Record<string, unknown>;
/** The configuration as it is at DEL. */
const CHANGED: readonly (readonly [string, Config])[] = [
  ["ipMasq and macspoofchk are off", { ...config, ipMasq: false, macspoofchk: false }],
  ["the bridge has another name", { ...config, bridge: "cni7" }],
  ["the subnets are others", { ...config, ipam: { ...ipam, ranges: [[{ subnet: "10.99.0.0/24" }]] } }],
  ["IPAM is static", { ...config, ipam: { type: "static", addresses: [{ address: "10.9.0.2/24" }] } }],
  ["the leases have another directory", { ...config, ipam: { ...ipam, dataDir: "/run/elsewhere" } }],
  ["IPAM is none that there is", { ...config, ipam: { type: "no-such-plugin" } }],
  ["there is no IPAM", { cniVersion: config.cniVersion, name: config.name, type: config.type }],
  ["the plugin's options are nonsense", { ...config, mtu: "big", vlan: -1 }],
];

raceTest("DEL with a configuration that has changed since ADD leaves nothing", async (node, program) => {
  for (const [what, changed] of CHANGED) {
    await node.succeed("ADD");
    const outcome = await program.call(node.place, "DEL", changed);
    assertEquals(await node.differs(node.before), [], `${what}: ${outcome.stdout}${outcome.stderr}`);
    await node.succeed("DEL");
  }
});

raceTest("DEL where the component is gone, or damaged, leaves nothing", async (node, program) => {
  const lib = `${program.directory}/lib`;
  await Deno.mkdir(`${lib}/plugins`, { recursive: true });
  for (const name of ["lib", "v8_worker.js"]) await Deno.symlink(`${root}dist/${name}`, `${lib}/${name}`);
  for (const damaged of [false, true]) {
    if (damaged) {
      await Deno.mkdir(`${lib}/plugins/bridge`, { mode: 0o755 });
      await Deno.copyFile(`${root}dist/plugins/bridge/plugin.json`, `${lib}/plugins/bridge/plugin.json`);
      await Deno.writeFile(`${lib}/plugins/bridge/plugin.wasm`, new Uint8Array([0, 97, 115, 109]), { mode: 0o644 });
    }
    await node.succeed("ADD");
    const outcome = await program.call(node.place, "DEL", config, { lib });
    assertEquals(outcome.code, 0, outcome.stdout + outcome.stderr);
    assertEquals(await node.differs(node.before), [], damaged ? "damaged" : "gone");
  }
});

raceTest("DEL where the namespace is gone leaves nothing on the node", async (node) => {
  const ofNode = (lines: readonly string[]) => lines.filter((line) => !line.startsWith("pod "));
  const before = ofNode(node.before);
  for (const last of ["DEL", "GC"] as const) {
    const pod = await node.node.pod();
    const place = { ...node.place, pod, containerId: `short-${last}` };
    const added = await node.sweep.program.call(place, "ADD", config);
    assertEquals(added.code, 0, added.stdout);
    await pod.delete();
    if (last === "GC") await node.succeed("GC");
    else assertEquals((await node.sweep.program.call(place, "DEL", config)).code, 0);
    assertEquals(ofNode(await node.differs([...before, ...node.before.filter((it) => it.startsWith("pod "))])), []);
  }
});

async function report(line: string): Promise<void> {
  await Deno.stderr.write(new TextEncoder().encode(`${line}\n`));
}
