// Which components came with the installation: <lib>/first_party.json, which the build writes and the installation copies.

import { whyUntrusted } from "../../../host-funcs/sys/trust.ts";
import { CniFailure } from "../../cni/failure.ts";

/** Digests by the names of plugins: SHA-256 of plugin.wasm, hexadecimal. */
export type FirstParty = Readonly<Record<string, string>>;

/** Where the list lies. */
export function firstPartyPath(libDir: string): string {
  return `${libDir}/first_party.json`;
}

/**
 * Reads the list.
 *
 * @throws {CniFailure} `pluginInvalid` if it cannot be read, or others could have written it
 */
export function readFirstParty(libDir: string): FirstParty {
  const path = firstPartyPath(libDir);
  let why: string | undefined;
  try {
    why = whyUntrusted(Deno.statSync(path));
    const list: unknown = JSON.parse(Deno.readTextFileSync(path));
    if (why === undefined && typeof list === "object" && list !== null) return list as FirstParty;
    why ??= "it is no JSON object";
  } catch (error) {
    why = `${(error as Error).message}: run \`deno task build\` in a checkout, or install again`;
  }
  throw new CniFailure("pluginInvalid", `Cannot tell which plugins came with cnidaria from ${path} as ${why}`);
}

/** Whether a component is one of the list, by name and digest. */
export function isFirstParty(list: FirstParty, name: string, digest: string): boolean {
  return Object.hasOwn(list, name) && list[name] === digest;
}
