// An installation as on a node, in a folder of the demo's own.

import { findEntry, install } from "../../runtime/setup/install/install.ts";

/** Where the demo's installation keeps things. */
export interface Installed {
  /** CNI_PATH. */
  binDir: string;
  stateDir: string;
  root: string;
}

/** Installs the built program with the drop-in names `bridge`, `flannel` and `host-local`. */
export async function installForDemo(root: string): Promise<Installed> {
  const places = { prefix: `${root}/prefix`, binDir: `${root}/bin`, stateDir: `${root}/state` };
  const dist = new URL("../../dist", import.meta.url).pathname;
  await install({
    ...places,
    dist,
    entry: await findEntry(dist),
    dropIns: ["bridge", "flannel", "host-local"],
    force: false,
    executable: { kind: "deno", path: Deno.execPath() },
  });
  return { ...places, root };
}
