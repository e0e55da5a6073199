// Makes the node forward packets. For plugins that import sysctl.

import * as sysctl from "cnidaria:cni/sysctl@0.3.0";
import type { ResultIp } from "cnidaria:cni/types@0.3.0";
import { familyOf } from "./address.ts";
import { attempt } from "./host_error.ts";

const KEYS = { 4: "net/ipv4/ip_forward", 6: "net/ipv6/conf/all/forwarding" } as const;

/** Turns on forwarding for the families of these addresses. The host does nothing where it is on, but remembers it. */
export function enableForwarding(ips: readonly ResultIp[]): void {
  for (const family of [4, 6] as const) {
    if (!ips.some((ip) => familyOf(ip.address) === family)) continue;
    const key = KEYS[family];
    attempt(`let the node forward IPv${family} packets`, () => {
      sysctl.set("host", key, "1");
    });
  }
}
