import { assertEquals } from "@std/assert";
import { formatNetwork, parseNetwork } from "../../../host-funcs/ip_number.ts";
import { describeNetworks, grantedNetworks, isCovered } from "./networks.ts";

const scope = {
  config: {
    name: "net",
    ipam: {
      ranges: [[{ subnet: "10.6.0.0/16", gateway: "10.6.0.1" }]],
      routes: [{ dst: "0.0.0.0/0" }],
      subnet: "fd00::/64",
    },
    one: "10.7.1.2/24",
    number: 10,
  },
  ips: () => [{ address: "10.1.2.5/24", gateway: "10.1.2.1" }, { address: "fd01::5/64", gateway: "fe80::1" }],
};

for (
  const [entries, expected] of [
    [["10.0.0.0/8", "::/0", "0.0.0.0/0"], ["10.0.0.0/8", "::/0", "0.0.0.0/0"]],
    [["10.1.2.3/8"], ["10.0.0.0/8"]],
    [["${ipam}"], ["10.1.2.0/24", "10.1.2.0/24", "fd01::/64", "fe80::/64"]],
    [["${ips}"], ["10.1.2.5/32", "fd01::5/128"]],
    // A gateway without prefix length and a default route are no networks.
    [["${config.ipam}"], ["10.6.0.0/16", "fd00::/64"]],
    [["${config.ipam.ranges}"], ["10.6.0.0/16"]],
    [["${config.one}"], ["10.7.1.0/24"]],
    [["${config.number}", "${config.absent}", "${config.ipam.absent.key}", "${config.constructor}"], []],
  ] as const
) {
  Deno.test(`grantedNetworks(${JSON.stringify(entries)})`, () => {
    assertEquals(grantedNetworks(entries, scope).map(formatNetwork), [...expected]);
  });
}

for (
  const [inner, outer, expected] of [
    ["10.1.2.0/24", "10.1.0.0/16", true],
    ["10.1.0.0/16", "10.1.2.0/24", false],
    ["10.2.0.0/24", "10.1.0.0/16", false],
    ["0.0.0.0/0", "::/0", false],
    ["::ffff:10.1.2.3/128", "10.0.0.0/8", false],
    ["::/0", "::/0", true],
  ] as const
) {
  Deno.test(`isCovered(${inner}, ${outer}) is ${expected}`, () => {
    assertEquals(isCovered(parseNetwork(inner)!, [parseNetwork(outer)!]), expected);
  });
}

Deno.test("describeNetworks() says what the tokens stand for, once each", () => {
  assertEquals(
    describeNetworks(["${ipam}"], scope),
    '["${ipam}"], which is 10.1.2.0/24, fd01::/64, fe80::/64 in this call',
  );
  assertEquals(describeNetworks(["10.0.0.0/8"], scope), '["10.0.0.0/8"]');
  assertEquals(describeNetworks([], scope), "[]");
});
