// DEL. For plugins that import links, firewall, ipam.

import * as firewall from "cnidaria:cni/firewall@0.3.0";
import type { Attachment } from "cnidaria:cni/types@0.3.0";
import { removeLink } from "./remove.ts";

/**
 * Removes the container's link, what the firewall has for the attachment, and its leases, in this order. Each is tried
 * even if another fails; what is gone already is no error.
 *
 * @param leased whether the configuration names an IPAM plugin
 * @throws {CniError} with everything that failed
 */
export function removeAttachment(at: Attachment, config: string, leased: boolean): void {
  const rules = { doing: `remove the firewall's rules for ${at.ifname}`, run: () => firewall.release() };
  removeLink(at, config, leased, [rules]);
}
