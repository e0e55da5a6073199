// What an administrator has allowed: <state>/allowed/<name>.json for each plugin, written by `cnidaria plugin allow`.
//
// For a plugin that came with the installation it holds limits that replace those of its plugin.json; for any other it is
// also the permission to run: this component, with these capabilities, and nothing else.

import * as v from "valibot";
import { whyUntrusted } from "../../../host-funcs/sys/trust.ts";
import { CniFailure } from "../../cni/failure.ts";
import { grantsSchema } from "../grants/schema.ts";
import { INTERFACES, limitsSchema } from "../manifest.ts";
import { permissionDir, permissionPath } from "../registry.ts";

const digest = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

const schema = v.object({
  /** Of plugin.wasm. */
  digest,
  /** As plugin.json had them. */
  imports: v.array(v.picklist(INTERFACES)),
  grants: grantsSchema,
  declaredLimits: limitsSchema,
  /** What counts: those of plugin.json, with the administrator's own. */
  limits: limitsSchema,
  /**
   * What jco made of the component when it was allowed: a folder beside this file, and the digest of each file in it.
   * Without it the plugin runs on wasmtime alone.
   */
  v8: v.optional(
    v.object({ folder: v.pipe(v.string(), v.regex(/^[a-z0-9.-]+$/)), files: v.record(v.string(), digest) }),
  ),
  /** ISO 8601. */
  allowedAt: v.string(),
  allowedBy: v.object({ uid: v.number(), sudoUser: v.optional(v.string()) }),
});

/** Digests are SHA-256, hexadecimal. */
export type Permission = v.InferOutput<typeof schema>;

/**
 * Reads what was allowed.
 *
 * @returns nothing if nothing was
 * @throws {CniFailure} `pluginNotAllowed` if it cannot be read, or others could have written it
 */
export function readPermission(stateDir: string, name: string): Permission | undefined {
  const path = permissionPath(stateDir, name);
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw unreadable(name, path, (error as Error).message);
  }
  for (const each of [permissionDir(stateDir), path]) {
    const why = whyUntrusted(Deno.statSync(each));
    if (why !== undefined) throw unreadable(name, each, why);
  }
  try {
    return v.parse(schema, JSON.parse(text));
  } catch (error) {
    throw unreadable(name, path, `${(error as Error).message}: run \`cnidaria plugin allow ${name}\` again`);
  }
}

function unreadable(name: string, path: string, why: string): CniFailure {
  return new CniFailure("pluginNotAllowed", `Cannot run plugin ${name} as ${path} does not say what it may do: ${why}`);
}
