import { assertEquals } from "@std/assert";
import { parameterOf } from "./parameter.ts";

for (
  const [name, key] of [
    ["net.core.somaxconn", "net/core/somaxconn"],
    ["net/core/somaxconn", "net/core/somaxconn"],
    ["net.ipv4.conf.eth0/100.arp_notify", "net/ipv4/conf/eth0.100/arp_notify"],
    ["net/ipv4/conf/eth0.100/arp_notify", "net/ipv4/conf/eth0.100/arp_notify"],
    ["net.ipv6.conf.IFNAME.accept_ra", "net/ipv6/conf/net1.5/accept_ra"],
    ["net/ipv6/conf/IFNAME/accept_ra", "net/ipv6/conf/net1.5/accept_ra"],
  ] as const
) {
  Deno.test(`parameterOf("${name}") is ${key}`, () => assertEquals(parameterOf(name, "1", "net1.5").key, key));
}
