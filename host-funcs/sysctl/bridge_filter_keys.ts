// What passes from port to port of one bridge is seen by rules of `inet` only where these parameters of the network
// namespace are 1. br_netfilter has them (Documentation/networking/ip-sysctl.rst of Linux, bridge-nf-call-*).

export const BRIDGE_FILTER_FOLDER = "/proc/sys/net/bridge";
export const BRIDGE_FILTER_KEYS = ["bridge-nf-call-iptables", "bridge-nf-call-ip6tables"] as const;
