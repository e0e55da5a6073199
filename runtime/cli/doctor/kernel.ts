// What the kernel can do, tried out in an empty network namespace that goes afterwards: a module that could be loaded
// counts, and nothing of the machine is touched.

import { IFLA_IFNAME, IFLA_LINKINFO, linkMessage, RTM_NEWLINK } from "../../../host-funcs/links/link_message.ts";
import { IFLA_INFO_DATA, IFLA_INFO_KIND } from "../../../host-funcs/links/link_message.ts";
import { openNamespace } from "../../../host-funcs/sys/namespace.ts";
import { createNamespace, deleteNamespace } from "../../../host-funcs/sys/namespace_create.ts";
import { NLM_F_CREATE, NLM_F_EXCL } from "../../../host-funcs/sys/netlink_message.ts";
import { openNetlink } from "../../../host-funcs/sys/netlink_socket.ts";
import type { Finding } from "./finding.ts";
import { tryIsolation, tryMasquerade } from "./nftables.ts";
import { tryLimits } from "./traffic_control.ts";

/** include/uapi/linux/if_link.h */
const IFLA_VXLAN_ID = 1;

/** The kinds of link that plugins make, and whether any pod can do without. */
const LINK_KINDS = [
  { kind: "veth", needed: true, without: "bridge and ptp can't attach pods" },
  { kind: "bridge", needed: true, without: "bridge can't attach pods" },
  { kind: "vxlan", needed: false, without: "no VXLAN overlay" },
] as const;

/**
 * Tries the kinds of link, limits of traffic, and masquerading. Needs root.
 *
 * @param isolates whether a configuration asks for new pods to be isolated: tries that as well
 */
export function checkKernel(isolates = false): Finding[] {
  const path = `/run/cnidaria-doctor-${crypto.randomUUID().slice(0, 8)}`;
  try {
    createNamespace(path);
  } catch (error) {
    return [{
      subject: "kernel",
      state: "fail",
      why: (error as Error).message,
      advice: "run as root, with CAP_SYS_ADMIN and CAP_NET_ADMIN",
    }];
  }
  const namespace = openNamespace(path);
  const netlink = openNetlink(namespace);
  try {
    const links = LINK_KINDS.map(({ kind, needed, without }): Finding => {
      const message = linkMessage(RTM_NEWLINK, { messageFlags: NLM_F_CREATE | NLM_F_EXCL })
        .string(IFLA_IFNAME, `try-${kind}`)
        .nest(IFLA_LINKINFO, (info) => {
          info.string(IFLA_INFO_KIND, kind);
          if (kind === "vxlan") info.nest(IFLA_INFO_DATA, (data) => data.attrU32(IFLA_VXLAN_ID, 1));
        });
      try {
        netlink.request(message);
        return { subject: kind, state: "ok", why: "the kernel makes one" };
      } catch (error) {
        const why = `${(error as Error).message}: ${without}`;
        return { subject: kind, state: needed ? "fail" : "warn", why, advice: `modprobe ${kind}` };
      }
    });
    const limits = tryLimits(netlink, "try-veth");
    return [...links, limits, namespace.run(tryMasquerade), ...isolates ? [namespace.run(tryIsolation)] : []];
  } finally {
    netlink.close();
    namespace.close();
    deleteNamespace(path);
  }
}
