import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { matchesPattern } from "./pattern.ts";

const scope = {
  resultLinks: ["br.0", "veth1"],
  ifname: "eth0",
  config: { bridge: "br-a", vlan: 7, star: "*", empty: "", nested: { key: "x.y" } },
};

for (
  const [pattern, text, expected] of [
    ["cni0", "cni0", true],
    ["cni0", "cni01", false],
    ["veth*", "veth12ab", true],
    ["veth*", "aveth1", false],
    ["*", "anything", true],
    ["*", "net/ipv4", false],
    ["a.c", "abc", false],
    ["${ifname}", "eth0", true],
    ["${config.bridge}", "br-a", true],
    ["${config.bridge:cni0}", "cni0", false],
    ["${config.absent:cni0}", "cni0", true],
    ["${config.empty:cni0}", "cni0", true],
    ["${config.bridge}.${config.vlan}", "br-a.7", true],
    ["${config.nested.key}", "x.y", true],
    ["${config.nested.key}", "xxy", false],
    ["${config.nested}", "[object Object]", false],
    ["${config.absent}", "", false],
    ["${config.absent}*", "eth0", false],
    ["${config.constructor}", "x", false],
    ["${unknown}", "eth0", false],
    ["${prevResult}", "br.0", true],
    ["${prevResult}", "veth1", true],
    ["${prevResult}", "brx0", false],
    ["${prevResult}", "", false],
    ["${config.bridge:*}", "cni0", false],
    ["${config.absent:*}", "eth0", true],
    ["${config.absent:ens*}", "eth0", false],
    // A star in a value of the configuration is no wildcard.
    ["${config.star}", "eth0", false],
    ["host:net/ipv6/conf/${ifname}/*", "host:net/ipv6/conf/eth0/accept_ra", true],
    ["host:net/ipv6/conf/*/forwarding", "host:net/ipv6/conf/a/b/forwarding", false],
    ["container:net/**", "container:net/ipv6/conf/eth0/forwarding", true],
    ["container:net/**", "host:net/ipv6/conf/eth0/forwarding", false],
    ["container:net/**", "container:network", false],
  ] as const
) {
  Deno.test(`matchesPattern(${JSON.stringify(pattern)}, ${JSON.stringify(text)}) is ${expected}`, () => {
    assertEquals(matchesPattern(pattern, text, scope), expected);
  });
}

Deno.test("a pattern without star and token matches itself alone", () => {
  const plain = fc.string({ unit: "grapheme" }).filter((it) => !it.includes("*") && !it.includes("${"));
  fc.assert(fc.property(plain, plain, (pattern, text) => {
    assertEquals(matchesPattern(pattern, text, scope), pattern === text);
  }));
});
