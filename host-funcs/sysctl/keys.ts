// Which kernel parameters a plugin may name at all. What it was granted of these is decided before, by the host.

import type { Ns } from "cnidaria:cni/types@0.3.0";
import { HostCallError } from "../error.ts";

/** Of the host: keys below `net/`; `*` stands for the name of a link, `all` or `default`. */
export const ALLOWED_KEYS: ReadonlySet<string> = new Set([
  "net/ipv4/ip_forward",
  "net/ipv4/ping_group_range",
  "net/ipv4/ip_unprivileged_port_start",
  "net/ipv4/conf/*/accept_local",
  "net/ipv4/conf/*/arp_accept",
  "net/ipv4/conf/*/arp_announce",
  "net/ipv4/conf/*/arp_filter",
  "net/ipv4/conf/*/arp_ignore",
  "net/ipv4/conf/*/arp_notify",
  "net/ipv4/conf/*/forwarding",
  "net/ipv4/conf/*/proxy_arp",
  "net/ipv4/conf/*/route_localnet",
  "net/ipv4/conf/*/rp_filter",
  "net/ipv4/conf/*/send_redirects",
  "net/ipv4/neigh/*/proxy_delay",
  "net/ipv6/conf/*/accept_dad",
  "net/ipv6/conf/*/accept_ra",
  "net/ipv6/conf/*/addr_gen_mode",
  "net/ipv6/conf/*/autoconf",
  "net/ipv6/conf/*/dad_transmits",
  "net/ipv6/conf/*/disable_ipv6",
  "net/ipv6/conf/*/enhanced_dad",
  "net/ipv6/conf/*/forwarding",
  "net/ipv6/conf/*/keep_addr_on_down",
  "net/ipv6/conf/*/ndisc_notify",
  "net/ipv6/conf/*/proxy_ndp",
  "net/bridge/bridge-nf-call-iptables",
  "net/bridge/bridge-nf-call-ip6tables",
]);

/** The parameters whose fourth part is a link: the link's name may hold dots, but never a slash. */
const LINK_PARAMETER = /^(net\/(?:ipv[46]|mpls)\/(?:conf|neigh))\/([^/]+)\/([^/]+)$/;

/** A key below `net/`, of parts that lead nowhere else. */
// deno-lint-ignore no-control-regex
const PLAIN_KEY = /^net(\/(?!\.{1,2}(?:\/|$))[^/*\s\u0000]+)+$/;

/**
 * The file of an allowed key: on the host one of the table, in the container any below `net/`. What is there is the
 * container's own: the kernel has parameters of the whole node in the first namespace alone, or lets nobody write them
 * elsewhere (ensure_safe_net_sysctl in net/sysctl_net.c).
 *
 * @throws {HostCallError} `denied` for any other key
 */
export function sysctlPath(ns: Ns, key: string): string {
  const [, prefix, , parameter] = LINK_PARAMETER.exec(key) ?? [];
  const general = prefix === undefined ? key : `${prefix}/*/${parameter}`;
  if (PLAIN_KEY.test(key) && (ns === "container" || ALLOWED_KEYS.has(general))) return `/proc/sys/${key}`;
  throw new HostCallError(
    "denied",
    `Cannot use the kernel parameter "${key}" as it is not among those that a plugin may read or set`,
  );
}

/** The link that a key is about; undefined for a parameter of the whole namespace. */
export function linkOf(key: string): string | undefined {
  const link = LINK_PARAMETER.exec(key)?.[2];
  return link === "all" || link === "default" ? undefined : link;
}
