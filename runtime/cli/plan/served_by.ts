// Who serves a plugin of a list: one of our components, or an executable of someone else's.

import { findExecutable } from "../../plugin/executable.ts";
import { findPlugin } from "../../plugin/registry.ts";
import { CniFailure } from "../../cni/failure.ts";
import { ownerOf, ownerOfProgram } from "../../setup/install/entries.ts";

/**
 * As a container runtime finds it: the executable in CNI_PATH, ours or another's; where there is none, as `cnidaria
 * exec` does, the component that is installed.
 *
 * @param path CNI_PATH
 * @throws {CniFailure} `pluginNotFound`
 */
export async function servedBy(type: string, path: string, libDir: string): Promise<"component" | "foreign"> {
  const executable = findExecutable(type, path.split(":").filter((folder) => folder !== ""));
  if (executable !== undefined) {
    const folder = executable.slice(0, executable.lastIndexOf("/"));
    const owner = type === "cnidaria" ? await ownerOfProgram(folder) : await ownerOf(executable);
    return owner === "ours" ? "component" : "foreign";
  }
  if (type === "cnidaria" || findPlugin(libDir, type) !== undefined) return "component";
  throw new CniFailure(
    "pluginNotFound",
    `Cannot find plugin ${JSON.stringify(type)}: neither a component of that name nor an executable in CNI_PATH`,
    `CNI_PATH is ${JSON.stringify(path)}, components are in ${libDir}/plugins`,
  );
}
