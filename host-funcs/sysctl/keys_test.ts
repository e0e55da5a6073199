import { assertEquals, assertThrows } from "@std/assert";
import { HostCallError } from "../error.ts";
import { linkOf, sysctlPath } from "./keys.ts";

Deno.test("sysctlPath() allows the keys of the table, for any link", () => {
  for (const key of ["net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding", "net/ipv6/conf/eth0.100/accept_dad"]) {
    assertEquals(sysctlPath("host", key), `/proc/sys/${key}`);
  }
});

Deno.test("sysctlPath() allows every parameter of the container's network", () => {
  for (const key of ["net/core/somaxconn", "net/ipv4/conf/eth0.100/arp_notify", "net/ipv4/tcp_syncookies"]) {
    assertEquals(sysctlPath("container", key), `/proc/sys/${key}`);
  }
});

const denied = [
  "",
  "kernel/core_pattern",
  "net/ipv4/tcp_syncookies",
  "net/ipv4/conf/eth0/../../../../kernel/core_pattern",
  "net/ipv4/conf/../rp_filter",
  "net/ipv4/conf/./rp_filter",
  "net/ipv4/conf/*/rp_filter",
  "net/ipv4/conf//rp_filter",
  "/net/ipv4/ip_forward",
  "net/ipv4/ip_forward/",
  "net.ipv4.ip_forward",
  "net/ipv4/ip_forward\0",
  "net/ipv4/conf/eth0 /rp_filter",
  "net/ipv4/conf/eth0/ndisc_notify",
  "net/ipv4/neigh/eth0/rp_filter",
];

for (const key of denied) {
  Deno.test(`sysctlPath() denies ${JSON.stringify(key)}, and names it`, () => {
    const error: unknown = assertThrows(() => sysctlPath("host", key), HostCallError, `"${key}"`);
    assertEquals((error as HostCallError).code, "denied");
  });
}

for (
  const key of [
    "net",
    "net/",
    "kernel/core_pattern",
    "net/../kernel/core_pattern",
    "net/ipv4/conf/eth0/../../../../kernel/core_pattern",
    "net/./core/somaxconn",
    "net/core/..",
    "net//core/somaxconn",
    "net/core/somaxconn/",
    "net/core/*",
    "net/core/somaxconn\n",
    "net/core/somaxconn\0",
    "netfilter/x",
    "/net/core/somaxconn",
  ]
) {
  Deno.test(`sysctlPath() denies ${JSON.stringify(key)} in the container`, () => {
    const error: unknown = assertThrows(() => sysctlPath("container", key), HostCallError);
    assertEquals((error as HostCallError).code, "denied");
  });
}

Deno.test("linkOf() tells a link's parameter from the node's", () => {
  assertEquals(linkOf("net/ipv4/conf/eth0.100/rp_filter"), "eth0.100");
  for (const key of ["net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding", "net/ipv6/conf/default/accept_ra"]) {
    assertEquals(linkOf(key), undefined);
  }
});
