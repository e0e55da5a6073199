// Makes a component ready for the v8 engine, here and now: the glue that came with it is JavaScript, and not to be trusted.

import { digestOf } from "../../setup/digest.ts";
import type { Permission } from "../../plugin/admission/permission.ts";

/** What was made; or why nothing could be. */
export type V8Ready = { readonly made: NonNullable<Permission["v8"]> } | { readonly why: string };

/**
 * Writes what jco makes of a component into a folder of its own.
 *
 * @param parent folder of the folder
 * @param name of the plugin
 */
export async function makeReadyForV8(bytes: Uint8Array<ArrayBuffer>, parent: string, name: string): Promise<V8Ready> {
  const folder = `${name}.${crypto.randomUUID().slice(0, 8)}.v8`;
  const path = `${parent}/${folder}`;
  try {
    const { stopTranspiling, transpileForV8 } = await transpiler();
    await transpileForV8(bytes, path, name).finally(stopTranspiling);
    const files: Record<string, string> = {};
    await Deno.chmod(path, 0o700);
    for (const entry of [...Deno.readDirSync(path)]) {
      await Deno.chmod(`${path}/${entry.name}`, 0o600);
      files[entry.name] = await digestOf(await Deno.readFile(`${path}/${entry.name}`));
    }
    return { made: { folder, files } };
  } catch (error) {
    await Deno.remove(path, { recursive: true }).catch(() => {});
    return { why: error instanceof Error ? error.message : String(error) };
  }
}

/** A checkout has jco; an installation does not, so its bundle must not either: no literal that it could follow. */
async function transpiler(): Promise<typeof import("../../engine/v8/transpile.ts")> {
  if (!import.meta.url.endsWith("/runtime/cli/allow/v8_ready.ts")) {
    throw new Error("jco is not installed with cnidaria, only a checkout has it");
  }
  return await import(new URL("../../engine/v8/transpile.ts", import.meta.url).href);
}
