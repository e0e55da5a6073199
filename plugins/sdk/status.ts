// STATUS: what the kernel must be able to do. For plugins that import links, firewall and ipam.

import * as firewall from "cnidaria:cni/firewall@0.3.0";
import * as links from "cnidaria:cni/links@0.3.0";
import { CniError, ErrorCodes } from "./cni_error.ts";
import { attempt } from "./host_error.ts";

/**
 * @param kinds of links that an ADD makes
 * @param filters whether an ADD needs the packet filter
 * @throws {CniError} code 50, naming what is missing, and what to do
 */
export function needKernel(kinds: readonly string[], filters: boolean): void {
  const missing = kinds.filter((kind) => !attempt(`ask the kernel for ${kind}`, () => links.supports(kind)));
  if (missing.length > 0) {
    throw new CniError(
      ErrorCodes.notAvailable,
      `Cannot attach a container as this kernel makes no links of kind ${missing.join(", ")}`,
      `try: modprobe ${missing.join(" ")}`,
    );
  }
  if (filters) attempt("make the firewall rules that an ADD needs", () => firewall.probe());
}
