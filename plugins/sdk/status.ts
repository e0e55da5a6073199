// STATUS: what the kernel must be able to do. For plugins that import links, firewall and ipam.

import * as firewall from "cnidaria:cni/firewall@0.3.0";
import { attempt } from "./host_error.ts";
import { needLinks } from "./kernel_links.ts";

/**
 * @param kinds of links that an ADD makes
 * @param filters whether an ADD needs the packet filter
 * @throws {CniError} code 50, naming what is missing, and what to do
 */
export function needKernel(kinds: readonly string[], filters: boolean): void {
  needLinks(kinds);
  if (filters) attempt("make the firewall rules that an ADD needs", () => firewall.probe());
}
