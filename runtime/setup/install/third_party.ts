// Plugins that did not come with cnidaria, when a new release takes over: they stay where they are, and are compiled for
// its engine, which no CNI call may do.

import { compileForWasmtime } from "../../cli/allow/compile.ts";
import { findPlugin, installedPlugins, thirdPartyDir } from "../../plugin/registry.ts";

/** @param libDir of the release @returns lines that tell which there are */
export async function takeOverThirdParty(libDir: string): Promise<string[]> {
  const ready: string[] = [];
  const lines: string[] = [];
  for (const name of installedPlugins(libDir)) {
    try {
      const plugin = findPlugin(libDir, name);
      if (plugin === undefined || !plugin.file.wasmPath.startsWith(`${thirdPartyDir(libDir)}/`)) continue;
      await compileForWasmtime(libDir, plugin.file, `${libDir}/cache`);
      ready.push(name);
    } catch (error) {
      lines.push(`not usable: plugin ${name}: ${(error as Error).message}`);
    }
  }
  return ready.length === 0 ? lines : [`plugins of others, as they were: ${ready.join(", ")}`, ...lines];
}
