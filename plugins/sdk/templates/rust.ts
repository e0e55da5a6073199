// A new plugin in Rust: a chained plugin that sets the MTU of the pod's interface, small enough to be changed into
// another, with everything that one needs: configuration, host calls, errors, CHECK, tests.

import { worldFiles } from "../build/world.ts";
import { cargoToml, configRs, libRs } from "./rust/sources.ts";
import { readme } from "./rust/readme.ts";
import { exampleConflist, pluginTest } from "./rust/tests.ts";

const IMPORTS = ["links", "log"];

/**
 * The files of a new plugin in Rust: text by path below its folder. `wit/` is as the build would write it, so that cargo
 * and editors work before the first build.
 *
 * @param name of the plugin: lower-case letters, digits and dashes, as a manifest may have it
 * @throws {Error} if it is no such name
 */
export function rustTemplate(name: string): Record<string, string> {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) {
    throw new Error(`Cannot make a plugin as this is no plugin's name: ${JSON.stringify(name)}`);
  }
  const wit = Object.entries(worldFiles(IMPORTS)).map(([file, text]) => [`wit/${file}`, text]);
  return {
    "plugin.json": manifest(name),
    "Cargo.toml": cargoToml(name),
    "src/lib.rs": libRs(name),
    "src/config.rs": configRs(),
    "README.md": readme(name),
    "plugin_test.ts": pluginTest(name),
    "example.conflist": exampleConflist(name),
    "rustfmt.toml": 'max_width = 120\nuse_small_heuristics = "Max"\n',
    ".gitignore": "/target/\n/dist/\n",
    ...Object.fromEntries(wit),
  };
}

function manifest(name: string): string {
  const plugin = {
    name,
    version: "0.1.0",
    description: "Sets the MTU of the container's interface, after the plugin that made it",
    imports: IMPORTS,
    grants: { links: { container: ["${ifname}"] } },
    limits: { memoryBytes: 4 * 1024 * 1024, timeMs: 5000, fuel: 50_000_000, hostCalls: 20 },
  };
  return JSON.stringify(plugin, null, 2) + "\n";
}
