// What the v8 engine runs of a plugin that did not come with the installation. The glue is JavaScript, which runs outside
// of the WebAssembly sandbox: so it is never the author's. `cnidaria plugin allow` makes it of the component, and what is
// loaded later must be just that.

import { whyUntrusted } from "../../../host-funcs/sys/trust.ts";
import { CniFailure } from "../../cni/failure.ts";
import type { Permission } from "./permission.ts";
import { permissionDir } from "../registry.ts";

/** Files of a `v8Dir`, by name. */
export type V8Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/**
 * Reads and verifies them.
 *
 * @throws {CniFailure} `pluginNotAllowed`
 */
export async function readV8Files(stateDir: string, name: string, permission: Permission): Promise<V8Files> {
  const { v8 } = permission;
  if (v8 === undefined) {
    throw new CniFailure(
      "pluginNotAllowed",
      `Cannot run plugin ${name} on the v8 engine as it was allowed for wasmtime only: jco was not there to make it ready`,
      `use wasmtime, or run \`deno task cnidaria plugin allow ${name}\` in a checkout with CNIDARIA_LIB and CNIDARIA_STATE ` +
        `of this installation`,
    );
  }
  const folder = `${permissionDir(stateDir)}/${v8.folder}`;
  refuseUntrusted(name, folder);
  const entries = Object.entries(v8.files).map(async ([file, digest]) => {
    const path = `${folder}/${file}`;
    refuseUntrusted(name, path);
    const bytes = Deno.readFileSync(path);
    const found = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    if (found !== digest) throw spoilt(name, path, `its SHA-256 is ${found}, and not ${digest} as when it was allowed`);
    return [file, bytes] as const;
  });
  return new Map(await Promise.all(entries));
}

function refuseUntrusted(name: string, path: string): void {
  let why: string | undefined;
  try {
    why = whyUntrusted(Deno.statSync(path));
  } catch (error) {
    why = (error as Error).message;
  }
  if (why !== undefined) throw spoilt(name, path, why);
}

function spoilt(name: string, path: string, why: string): CniFailure {
  return new CniFailure(
    "pluginNotAllowed",
    `Cannot run plugin ${name} as ${path} cannot be used: ${why}`,
    `\`cnidaria plugin allow ${name}\` makes it anew`,
  );
}
