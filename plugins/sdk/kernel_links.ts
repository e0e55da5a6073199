// STATUS: the links that the kernel must be able to make. For plugins that import links; see `status.ts` for those that
// need the packet filter as well.

import * as links from "cnidaria:cni/links@0.3.0";
import { CniError, ErrorCodes } from "./cni_error.ts";
import { attempt } from "./host_error.ts";

/** Where the module has another name than its kind of links. */
const MODULES: Readonly<Record<string, string>> = { vlan: "8021q" };

/**
 * @param kinds of links that an ADD makes
 * @throws {CniError} code 50, naming what is missing, and what to do
 */
export function needLinks(kinds: readonly string[]): void {
  const missing = kinds.filter((kind) => !attempt(`ask the kernel for ${kind}`, () => links.supports(kind)));
  if (missing.length === 0) return;
  throw new CniError(
    ErrorCodes.notAvailable,
    `Cannot attach a container as this kernel makes no links of kind ${missing.join(", ")}`,
    `try: modprobe ${missing.map((kind) => MODULES[kind] ?? kind).join(" ")}`,
  );
}
