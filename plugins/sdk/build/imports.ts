// What a component imports, held to what its manifest names: said when it is built, not when a pod needs it.

import { contractInterface } from "../../../host-funcs/wit/contract.ts";
import { componentNames } from "../../../runtime/plugin/component_names.ts";

/** Interfaces without functions: whatever uses their types imports them. */
const TYPES = ["types", "nftables"];

/**
 * @param imports `imports` of the manifest
 * @param exported what the component must export: `cni`
 * @throws {Error} naming what is too much, or missing
 */
export function checkImports(
  component: Uint8Array,
  name: string,
  imports: readonly string[],
  exported: string,
): void {
  const names = componentNames(component);
  for (const each of names.imports) {
    const own = contractInterface(each)?.name;
    if (own === undefined) {
      throw new Error(
        `Cannot build ${name} as its component imports ${each}, which the host does not have: a plugin has no files, ` +
          `clock, sockets or environment, and no crate or package that needs one can be part of it`,
      );
    }
    if (!TYPES.includes(own) && !imports.includes(own)) {
      throw new Error(`Cannot build ${name} as its component imports ${own}: add it to "imports" of its plugin.json`);
    }
  }
  if (names.exports.some((each) => contractInterface(each)?.name === exported)) return;
  throw new Error(`Cannot build ${name} as its component does not export ${exported}, which its plugin.json says`);
}
