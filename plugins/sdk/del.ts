// DEL. For plugins that import links, firewall, ipam.

import * as firewall from "cnidaria:cni/firewall@0.3.0";
import * as ipam from "cnidaria:cni/ipam@0.3.0";
import * as links from "cnidaria:cni/links@0.3.0";
import type { Attachment } from "cnidaria:cni/types@0.3.0";
import { CniError } from "./cni_error.ts";
import { isHostError, toCniError } from "./host_error.ts";

/**
 * Removes the container's link, what the firewall has for the attachment, and its leases, in this order: an address must
 * not be leased again while it is in use. Each is tried even if another fails; what is gone already is no error.
 *
 * @param leased whether the configuration names an IPAM plugin
 * @throws {CniError} with everything that failed
 */
export function removeAttachment(at: Attachment, config: string, leased: boolean): void {
  const failures = [
    at.hasNetns ? failureOf(`remove ${at.ifname}`, () => links.delete("container", at.ifname)) : undefined,
    failureOf(`remove the firewall's rules for ${at.ifname}`, () => firewall.release()),
    leased ? failureOf(`release the addresses of ${at.ifname}`, () => ipam.del(config)) : undefined,
  ].filter((failure) => failure !== undefined);
  const [first, ...others] = failures;
  if (first === undefined) return;
  const message = [first.message, ...others.map((failure) => failure.message)].join("; ");
  throw new CniError(first.code, message, first.payload.details);
}

function failureOf(doing: string, run: () => void): CniError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return isHostError(error, "not-found") ? undefined : toCniError(error, doing);
  }
}
