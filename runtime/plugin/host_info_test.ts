// A plugin asks which host it runs under: on both engines, by the functions that a real call links.

import { assertEquals, assertThrows } from "@std/assert";
import { buildPlugin } from "../../plugins/sdk/build.ts";
import { CONTRACT_VERSION, qualifiedName } from "../../host-funcs/wit/contract.ts";
import { CNI_VERSIONS } from "../cni/version.ts";
import { ComponentError } from "../engine/engine.ts";
import { openEngine } from "../engine/open_engine.ts";
import { PROGRAM_VERSION } from "../program_version.ts";
import { noCheckpoint } from "./checkpoint.ts";
import { Gate } from "./gate.ts";
import { factoriesOf, linkImports } from "./link.ts";
import { interfacesOf, parseManifest } from "./manifest.ts";
import { Trace } from "./trace.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const MANIFEST = { name: "asks", version: "1", description: "", imports: ["host-info"] };
const SOURCE = `import * as hostInfo from "${qualifiedName("host-info")}";
import { CniError, definePlugin, emptyResult } from "${ROOT}plugins/sdk/mod.ts";
export const cni = definePlugin({
  add: () => emptyResult(),
  status() { throw new CniError(100, JSON.stringify(hostInfo.versions())); },
});
`;

Deno.test({
  name: "host-info tells a plugin program, contract and CNI versions, on both engines",
  // What builds, jco and esbuild, ends when it likes.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "cnidaria-asks-" });
    try {
      await Deno.writeTextFile(`${folder}/plugin.json`, JSON.stringify(MANIFEST));
      await Deno.writeTextFile(`${folder}/plugin.ts`, SOURCE);
      const { digest } = await buildPlugin(folder, `${folder}/out`);
      for (const choice of ["wasmtime", "v8"] as const) await asks(choice, `${folder}/out`, digest);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function asks(choice: "wasmtime" | "v8", folder: string, digest: string): Promise<void> {
  const engine = await openEngine(choice, { libDir: `${ROOT}dist`, cacheDir: `${folder}/cache` });
  const component = engine.load({ name: "asks", wasmPath: `${folder}/plugin.wasm`, digest, v8Dir: `${folder}/v8` });
  const manifest = parseManifest(JSON.stringify(MANIFEST), "plugin.json");
  const names = interfacesOf("asks", component.imports);
  const factories = factoriesOf(names);
  const gate = new Gate({
    manifest,
    scope: { ifname: "eth0", config: {}, command: "STATUS", madeLink: () => false, ips: () => [], valid: [] },
    trace: new Trace(),
    checkpoint: noCheckpoint,
    mark: () => 0,
    retract: () => {},
  });
  // The interface needs nothing of a call's context.
  const functions = new Map(names.map((name) => [name, factories.get(name)!(undefined as never)]));
  const instance = component.instantiate(linkImports(gate, functions), manifest.limits);
  try {
    const answered = assertThrows(() => instance.call(qualifiedName("cni"), "status", ["net", "{}"]), ComponentError);
    const { msg } = (answered as ComponentError).payload as { msg: string };
    assertEquals(
      JSON.parse(msg),
      { host: PROGRAM_VERSION, contract: CONTRACT_VERSION, cni: [...CNI_VERSIONS] },
      choice,
    );
  } finally {
    instance.close();
    component.close();
    engine.close();
  }
}
