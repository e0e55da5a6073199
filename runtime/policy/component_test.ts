// The enforcer with the real component: what its plan is in force, and that one change costs what it changes.

import { assert, assertEquals } from "@std/assert";
import { Ruleset, type TableContent } from "../../host-funcs/firewall/ruleset/ruleset.ts";
import type { Change } from "cnidaria:cni/nftables@0.3.0";
import { openEngine } from "../engine/open_engine.ts";
import { firstPartyPath } from "../plugin/admission/first_party.ts";
import { PolicyComponent } from "./compiler.ts";
import { Enforcer } from "./enforcer.ts";
import { type Kind, KINDS } from "./objects.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Built by a program of its own: what the builders leave running is no test's. */
const libDir = await makeLibrary();

/** An installation that has the component. */
async function makeLibrary(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "cnidaria-policy-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  const args = ["run", "-A", `${ROOT}plugins/sdk/build.ts`, `${ROOT}plugins/policy`, "--out", `${folder}/plugins`];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
  assert(success, new TextDecoder().decode(stderr));
  const { build } = JSON.parse(await Deno.readTextFile(`${folder}/plugins/policy/plugin.json`));
  await Deno.writeTextFile(firstPartyPath(folder), JSON.stringify({ policy: build.digest }));
  return folder;
}

function pod(name: string, ip: string, labels: Record<string, string>, nodeName = "n1") {
  return { metadata: { namespace: "shop", name, labels }, spec: { nodeName }, status: { podIPs: [{ ip }] } };
}

const OBJECTS: Partial<Record<Kind, unknown[]>> = {
  Namespace: [{ metadata: { name: "shop", labels: {} } }],
  Pod: [pod("web", "10.1.0.5", { app: "web" }), pod("client", "10.1.1.5", { app: "client" }, "n2")],
  NetworkPolicy: [{
    metadata: { namespace: "shop", name: "web" },
    spec: {
      podSelector: { matchLabels: { app: "web" } },
      ingress: [{ from: [{ podSelector: { matchLabels: { app: "client" } } }], ports: [{ port: 80 }] }],
    },
  }],
};

Deno.test("the component's plan is applied whole, and a change of a label is a change of elements", async () => {
  const engine = await openEngine("auto", { libDir: `${ROOT}dist`, cacheDir: `${libDir}/cache`, prepares: true });
  const needs = { libDir, stateDir: `${libDir}/state`, openEngine: () => Promise.resolve(engine), log: () => {} };
  const component = await PolicyComponent.open("policy", needs);
  const replaced: TableContent[] = [];
  const applied: (readonly Change[])[] = [];
  const enforcer = new Enforcer(
    {
      openCompiler: () => component.compiler({ logPerSecond: 10 }),
      kernel: {
        apply: (changes) => void applied.push(changes),
        replace: (wanted) => void replaced.push(wanted),
        has: () => true,
      },
      attachments: { list: () => [], takeOver: () => {}, isolateAgain: () => [] },
    },
    "n1",
    { line: (_, message) => assert(false, message) },
  );
  try {
    for (const kind of KINDS) enforcer.take({ tell: "all", kind, objects: OBJECTS[kind] ?? [] });
    assertEquals([enforcer.apply(), replaced.length, applied.length], [true, 1, 0]);
    const content = replaced[0] as Ruleset;
    assert(content.sets.get("ingress4")!.elements.has("10.1.0.5"));
    assertEquals(content.sets.get("egress4")?.elements.has("10.1.0.5") ?? false, false);
    const peers = [...content.sets.values()].filter(({ elements }) => elements.has("10.1.1.5"));
    assertEquals(peers.length, 1);
    enforcer.take({ tell: "set", kind: "Pod", object: pod("other", "10.1.1.6", { app: "client" }, "n2") });
    assertEquals([enforcer.apply(), replaced.length, applied.length], [true, 1, 1]);
    assertEquals(applied[0], [{
      tag: "put-elements",
      val: { set: peers[0]!.name, elements: [{ key: "10.1.1.6" }] },
    }]);
  } finally {
    enforcer.close();
    component[Symbol.dispose]();
    engine.close();
  }
});

/** Fuel of a call. Reading and planning what is usual takes less: the limit of plugins/policy is 60 times that. */
const LITTLE_FUEL = 1_000_000_000;

/** As many peers as that, each of other pods. */
function manyPeers(name: string, count: number) {
  const from = Array.from({ length: count }, (_, at) => ({ podSelector: { matchLabels: { app: `a${at}` } } }));
  return { metadata: { namespace: "shop", name }, spec: { podSelector: {}, ingress: [{ from }] } };
}

Deno.test({
  name: "policies that the component has no fuel for, to read or to plan, are set aside, and the rest is in force",
  ignore: !await hasWasmtime(),
  fn: async () => {
    const frugal = await Deno.makeTempDir({ prefix: "cnidaria-policy-" });
    await new Deno.Command("cp", { args: ["-a", `${libDir}/.`, frugal] }).output();
    const manifest = `${frugal}/plugins/policy/plugin.json`;
    const json = JSON.parse(await Deno.readTextFile(manifest));
    await Deno.writeTextFile(manifest, JSON.stringify({ ...json, limits: { ...json.limits, fuel: LITTLE_FUEL } }));
    const engine = await openEngine("wasmtime", { libDir: `${ROOT}dist`, cacheDir: `${libDir}/cache` });
    const openEngineAgain = () => Promise.resolve(engine);
    const needs = { libDir: frugal, stateDir: `${libDir}/state`, openEngine: openEngineAgain, log: () => {} };
    const component = await PolicyComponent.open("policy", needs);
    const log: string[] = [];
    const enforcer = new Enforcer(
      {
        openCompiler: () => component.compiler({ logPerSecond: 10 }),
        kernel: { apply: () => {}, replace: () => {}, has: () => true },
        attachments: { list: () => [], takeOver: () => {}, isolateAgain: () => [] },
      },
      "n1",
      { line: (level, message) => void log.push(`${level}: ${message}`) },
    );
    try {
      const [toRead, toPlan] = [manyPeers("to-read", 10_000), manyPeers("to-plan", 2_400)];
      const policies = [toRead, ...OBJECTS.NetworkPolicy!, toPlan];
      for (const kind of KINDS) {
        enforcer.take({ tell: "all", kind, objects: kind === "NetworkPolicy" ? policies : OBJECTS[kind] ?? [] });
      }
      assertEquals(enforcer.apply(), true, enforcer.status().failed);
      assertEquals(enforcer.status().rejected.map(({ name }) => name.name).sort(), ["to-plan", "to-read"]);
      assertEquals(log.length, 2);
      const ends = "ends the component that compiles it: Cannot finish plugin policy as it used more fuel than";
      for (const line of log) assert(line.includes(` as its spec ${ends} its limit of ${LITTLE_FUEL} units`), line);
      assert(enforcer.wanted!.sets.get("ingress4")!.elements.has("10.1.0.5"));
      const fewer = manyPeers("to-plan", 100);
      enforcer.take({ tell: "set", kind: "NetworkPolicy", object: fewer });
      assertEquals([enforcer.apply(), enforcer.status().rejected.length], [true, 1]);
    } finally {
      enforcer.close();
      component[Symbol.dispose]();
      engine.close();
      await Deno.remove(frugal, { recursive: true });
    }
  },
});

async function hasWasmtime(): Promise<boolean> {
  return await Deno.stat(`${ROOT}dist/lib/libwasmtime.so`).then(({ isFile }) => isFile, () => false);
}
