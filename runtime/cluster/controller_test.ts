// Controllers in the sandbox, on both engines: what they answer, and every way in which they can fail to.

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { LocalNode, Peer } from "cnidaria:cni/controller@0.3.0";
import { buildPlugin } from "../../plugins/sdk/build.ts";
import { openEngine } from "../engine/open_engine.ts";
import { firstPartyPath } from "../plugin/admission/first_party.ts";
import { Controller, ControllerError, type ControllerNeeds } from "./controller.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Built before the first test: what the builders leave running is not that test's. */
const libDir = await makeLibrary();

/** An installation with two controllers, a CNI plugin, and a controller that nobody has allowed. */
async function makeLibrary(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "cnidaria-controllers-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  const digests: Record<string, string> = {};
  for (const source of ["plugins/vxlan", "plugins/loopback", "runtime/cluster/testdata/odd"]) {
    const name = source.split("/").at(-1)!;
    digests[name] = (await buildPlugin(ROOT + source, `${folder}/plugins/${name}`)).digest;
  }
  await Deno.writeTextFile(firstPartyPath(folder), JSON.stringify(digests));
  const stranger = `${folder}/plugins/stranger`;
  await Deno.mkdir(stranger);
  await Deno.copyFile(`${folder}/plugins/odd/plugin.wasm`, `${stranger}/plugin.wasm`);
  const manifest = await Deno.readTextFile(`${folder}/plugins/odd/plugin.json`);
  await Deno.writeTextFile(`${stranger}/plugin.json`, manifest.replace('"odd"', '"stranger"'));
  return folder;
}

interface Subject {
  readonly needs: ControllerNeeds;
  /** `LEVEL: MESSAGE`. */
  readonly logged: readonly string[];
}

/** Registers a test for each engine. wasmtime is ignored where its library is not installed. */
function testEngines(name: string, run: (subject: Subject) => Promise<void>): void {
  const dist = `${ROOT}dist`;
  for (const choice of ["wasmtime", "v8"] as const) {
    const ignore = choice === "wasmtime" && !hasFile(`${dist}/lib/libwasmtime.so`);
    const fn = async () => {
      const engine = await openEngine(choice, { libDir: dist, cacheDir: `${libDir}/cache`, prepares: true });
      const logged: string[] = [];
      try {
        const log = (level: string, message: string) => void logged.push(`${level}: ${message}`);
        const needs = { libDir, stateDir: `${libDir}/state`, openEngine: () => Promise.resolve(engine), log };
        await run({ needs, logged });
      } finally {
        engine.close();
      }
    };
    Deno.test({ name: `${choice}: ${name}`, ignore, fn });
  }
}

function hasFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

const NODE: LocalNode = {
  name: "n0",
  family: "ipv4",
  subnet: "10.0.0.0/24",
  publicIp: "192.168.255.1",
  underlay: "eth0",
  underlayMtu: 1500,
  onLink: ["192.168.0.0/16"],
  devices: [],
  freshMac: "02:00:00:00:00:01",
};

function peerOf(number: number): Peer {
  const [high, low] = [number >> 8, number & 255];
  const mac = `0a:00:00:00:${[high, low].map((it) => it.toString(16).padStart(2, "0")).join(":")}`;
  return {
    name: `n${number}`,
    subnet: `10.${high}.${low}.0/24`,
    publicIp: `192.168.${high}.${low}`,
    backendType: "vxlan",
    backendData: JSON.stringify({ VNI: 1, VtepMAC: mac }),
  };
}

const peersOf = (count: number) => Array.from({ length: count }, (_, index) => peerOf(index + 1));
const VXLAN = JSON.stringify({ Network: "10.0.0.0/8", Backend: { Type: "vxlan" } });

testEngines("vxlan: any number of peers, in their order", async ({ needs }) => {
  using controller = await Controller.open("VXLAN", needs);
  assertEquals(controller.name, "vxlan");
  assertEquals(controller.prepare(VXLAN, NODE).device?.name, "flannel.1");
  assertEquals(controller.reconcile(VXLAN, NODE, []), []);
  const peers = peersOf(1201);
  const plans = controller.reconcile(VXLAN, NODE, peers);
  assertEquals(plans.map((plan) => plan.routes[0]?.dst), peers.map((peer) => peer.subnet));
  controller.prepareNext();
  assertEquals(controller.reconcile(VXLAN, NODE, peers.slice(700, 701)), plans.slice(700, 701));
});

testEngines("what the controller complains of reaches the caller in its words", async ({ needs }) => {
  using vxlan = await Controller.open("vxlan", needs);
  const text = JSON.stringify({ Network: "10.0.0.0/8", Backend: { VNI: 0 } });
  for (const run of [() => vxlan.prepare(text, NODE), () => vxlan.reconcile(text, NODE, peersOf(1))]) {
    const error = assertThrows(run, ControllerError, "Backend.VNI must be an integer from 1 to") as ControllerError;
    assertEquals(error.kind, "config");
  }
  using odd = await Controller.open("odd", needs);
  const reserved = '{"do":"refuse","code":1}';
  const error = assertThrows(() => odd.prepare(reserved, NODE), ControllerError, "reserved code 1") as ControllerError;
  assertEquals(error.kind, "config");
});

testEngines("each call has an instance of its own, prepared or not", async ({ needs }) => {
  using controller = await Controller.open("odd", needs);
  assertEquals(controller.prepare("{}", NODE).podMtu, 1);
  controller.prepareNext();
  assertEquals(controller.prepare("{}", NODE).podMtu, 1);
});

testEngines("an answer for many peers stays within the limits of one call", async ({ needs }) => {
  using controller = await Controller.open("odd", needs);
  const peers = peersOf(300).map((peer) => ({ ...peer, name: peer.name.padEnd(400, "x") }));
  assertEquals(controller.reconcile("{}", NODE, peers).map((plan) => plan.refused), peers.map((peer) => peer.name));
});

testEngines("what a controller logs is told with its name, and cut", async ({ needs, logged }) => {
  using controller = await Controller.open("odd", needs);
  controller.prepare('{"do":"talk"}', NODE);
  assertEquals(logged, [`info: odd: ${"x".repeat(4096)}`]);
});

testEngines("a backend that is no controller: the key, why, and those that are installed", async ({ needs }) => {
  for (
    const [type, why] of [
      ["udp", "no controller of that name is installed"],
      ["../x", "no controller of that name is installed"],
      ["loopback", "Cannot run loopback as a controller as it is a CNI plugin"],
      ["stranger", "stranger"],
    ] as const
  ) {
    const error = await assertRejects(() => Controller.open(type, needs), ControllerError) as ControllerError;
    assertEquals(error.kind, "unknown");
    assert(error.message.startsWith(`Cannot use the network's "Backend.Type" "${type}": `), error.message);
    assert(error.message.includes(why), error.message);
    assert(error.message.endsWith("; installed are odd, stranger, vxlan"), error.message);
  }
});

for (
  const [what, why] of [
    ["trap", /Cannot finish plugin odd as it crashed/],
    ["hoard", /needs more memory|used more fuel/],
    ["call", /made more host calls than its limit of 10 /],
    ["flood", /passed more to the host in one call than its limit of 65536 bytes/],
    ["short", /Cannot use controller odd as it answered 2 plans for 3 nodes/],
    ["long", /Cannot use controller odd as it answered 6 plans for 3 nodes/],
    // The last: on v8 its thread goes on until the process ends.
    ["loop", /used more fuel|ran longer/],
  ] as const
) {
  testEngines(`a controller that does "${what}" fails, and may do better next time`, async ({ needs }) => {
    using controller = await Controller.open("odd", needs);
    const text = JSON.stringify({ do: what });
    const asks = what === "short" || what === "long"
      ? () => controller.reconcile(text, NODE, peersOf(3))
      : () => controller.prepare(text, NODE);
    const error = assertThrows(asks, ControllerError) as ControllerError;
    assertEquals([error.kind, why.test(error.message)], ["failed", true], error.message);
    assertEquals(controller.reconcile("{}", NODE, peersOf(1)).map((plan) => plan.refused), ["n1"]);
  });
}
