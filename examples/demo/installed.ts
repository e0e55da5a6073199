// An installation as on a node, in a folder of the demo's own.

import { install } from "../../runtime/setup/install/install.ts";

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
  await install({
    ...places,
    dist: new URL("../../dist", import.meta.url).pathname,
    dropIns: ["bridge", "flannel", "host-local"],
    force: false,
    executable: { kind: "deno", path: Deno.execPath() },
    entry: undefined,
  });
  return { ...places, root };
}
