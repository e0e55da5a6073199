// The `host-info` interface: which host a plugin runs under.

import type * as HostInfo from "cnidaria:cni/host-info@0.3.0";
import { CONTRACT_VERSION } from "../wit/contract.ts";

/**
 * The host functions of `host-info`: the same for each call.
 *
 * @param host version of the program
 * @param cni versions of the CNI specification, oldest first
 */
export function createHostInfo(host: string, cni: readonly string[]): typeof HostInfo {
  return { versions: () => ({ host, contract: CONTRACT_VERSION, cni: [...cni] }) };
}
