// The overlay's devices of this node, as far as they could make connections slow, or stand still.

import { hasChecksumBug } from "../../../host-funcs/overlay/checksum_bug.ts";
import { ChecksumOffload } from "../../../host-funcs/overlay/checksum_offload.ts";
import { readLinks } from "../../../host-funcs/overlay/kernel.ts";
import { currentNamespace, type NetworkNamespace } from "../../../host-funcs/sys/namespace.ts";
import { openNetlink } from "../../../host-funcs/sys/netlink_socket.ts";
import type { Finding } from "./finding.ts";

/** A finding for each VXLAN device; none where there is no device. */
export function checkOverlay(
  namespace: NetworkNamespace = currentNamespace(),
  bug: boolean = hasChecksumBug(),
): Finding[] {
  const netlink = openNetlink(namespace);
  const offload = new ChecksumOffload(namespace);
  try {
    return readLinks(netlink).all.filter(({ kind }) => kind === "vxlan").map(({ name }): Finding => {
      const subject = `checksums of ${name}`;
      if (offload.get(name) !== true) {
        const why = "are not left to hardware";
        if (bug) return { subject, state: "ok", why };
        const advice = `only if nothing else needs it so: ethtool -K ${name} tx-checksum-ip-generic on`;
        return { subject, state: "warn", why: `${why}, which makes it slow; this kernel gets them right`, advice };
      }
      if (!bug) return { subject, state: "ok", why: "are left to hardware, which this kernel gets right" };
      return {
        subject,
        state: "warn",
        why: "are left to hardware: with this kernel, connections through it can stand still for a minute",
        advice: `an agent switches that off for its own device; else: ethtool -K ${name} tx-checksum-ip-generic off`,
      };
    });
  } finally {
    offload.close();
    netlink.close();
  }
}
