import { assertEquals, assertThrows } from "@std/assert";
import { CniFailure } from "../cni/failure.ts";
import { agentsOwnPlugins, findPlugin, installedControllers, pluginName } from "./registry.ts";

const DIGEST = "0".repeat(64);

/** A library folder with one plugin, removed afterwards. */
function withPlugin(manifest: Record<string, unknown>, test: (lib: string, folder: string) => void): void {
  const lib = Deno.makeTempDirSync();
  try {
    const folder = `${lib}/plugins/p`;
    Deno.mkdirSync(folder, { recursive: true });
    Deno.writeTextFileSync(
      `${folder}/plugin.json`,
      JSON.stringify({ version: "1", description: "", imports: [], ...manifest }),
    );
    Deno.writeTextFileSync(`${folder}/plugin.wasm`, "");
    test(lib, folder);
  } finally {
    Deno.removeSync(lib, { recursive: true });
  }
}

Deno.test("findPlugin() finds a plugin by its name, with and without prefix", () => {
  withPlugin({ name: "p", build: { digest: DIGEST } }, (lib, folder) => {
    for (const type of ["p", "cnidaria-p"]) {
      assertEquals(findPlugin(lib, type)?.file, {
        name: "p",
        wasmPath: `${folder}/plugin.wasm`,
        digest: DIGEST,
        v8Dir: `${folder}/v8`,
      });
    }
  });
});

for (const type of ["absent", "", "..", "p/../p", "P", "p\0"]) {
  Deno.test(`findPlugin() finds none by the name ${JSON.stringify(type)}`, () => {
    withPlugin({ name: "p", build: { digest: DIGEST } }, (lib) => assertEquals(findPlugin(lib, type), undefined));
  });
}

Deno.test("findPlugin() refuses a plugin that everyone can change", () => {
  for (const file of ["plugin.json", "plugin.wasm"]) {
    withPlugin({ name: "p", build: { digest: DIGEST } }, (lib, folder) => {
      Deno.chmodSync(`${folder}/${file}`, 0o666);
      assertThrows(() => findPlugin(lib, "p"), CniFailure, "others can write");
    });
  }
});

Deno.test("findPlugin() refuses a plugin by another name, one that was not built, and one without component", () => {
  withPlugin({ name: "q", build: { digest: DIGEST } }, (lib) => {
    assertThrows(() => findPlugin(lib, "p"), CniFailure, "name is not that of its folder");
  });
  withPlugin({ name: "p" }, (lib) => assertThrows(() => findPlugin(lib, "p"), CniFailure, "build.digest"));
  withPlugin({ name: "p", build: { digest: DIGEST } }, (lib, folder) => {
    Deno.removeSync(`${folder}/plugin.wasm`);
    assertThrows(() => findPlugin(lib, "p"), CniFailure, "plugin.wasm");
  });
});

Deno.test("pluginName() takes the prefix off", () => {
  assertEquals(["cnidaria-bridge", "bridge", "cnidaria"].map(pluginName), ["bridge", "bridge", "cnidaria"]);
});

Deno.test("installedControllers() has the controllers that are sound, and is empty where nothing is installed", () => {
  const controller = { name: "p", exports: "controller", build: { digest: DIGEST } };
  withPlugin(controller, (lib) => assertEquals(installedControllers(lib), ["p"]));
  withPlugin({ ...controller, name: "q" }, (lib) => assertEquals(installedControllers(lib), []));
  withPlugin({ ...controller, exports: "cni" }, (lib) => assertEquals(installedControllers(lib), []));
  assertEquals(installedControllers("/nonexistent"), []);
});

Deno.test("agentsOwnPlugins() has controllers and what compiles policies, and nothing that a runtime calls", () => {
  for (const [exports, own] of [["controller", true], ["policy", true], ["cni", false]] as const) {
    withPlugin({ name: "p", exports, build: { digest: DIGEST } }, (lib) => {
      assertEquals(agentsOwnPlugins(lib), own ? ["p"] : [], exports);
    });
  }
});
