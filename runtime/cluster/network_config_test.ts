import { assertEquals, assertThrows } from "@std/assert";
import { NetworkConfigError, parseNetworkConfig } from "./network_config.ts";

const parse = (json: unknown) => parseNetworkConfig(JSON.stringify(json), "net-conf.json");

Deno.test("what is not given is as Flannel has it", () => {
  const { ipv4, ipv6, backendType } = parse({ Network: "10.5.0.0/16" });
  assertEquals(ipv4, { network: "10.5.0.0/16", subnetLength: 24, first: "10.5.1.0", last: "10.5.255.0" });
  assertEquals(ipv6, undefined);
  assertEquals(backendType, "udp");
});

Deno.test("both families, each with its own keys; unknown keys and host bits pass", () => {
  const text = JSON.stringify({
    EnableIPv6: true,
    EnableNFTables: true,
    Network: "10.5.7.1/16",
    SubnetLen: 20,
    SubnetMin: "10.5.16.0",
    SubnetMax: "10.5.64.0",
    IPv6Network: "fd00:5::/56",
    IPv6SubnetMin: "fd00:5:0:2::",
    Backend: { Type: "vxlan", VNI: 5 },
  });
  assertEquals(parseNetworkConfig(text, "x"), {
    ipv4: { network: "10.5.0.0/16", subnetLength: 20, first: "10.5.16.0", last: "10.5.64.0" },
    ipv6: { network: "fd00:5::/56", subnetLength: 64, first: "fd00:5:0:2::", last: "fd00:5:0:ff::" },
    backendType: "vxlan",
    text,
  });
});

Deno.test("IPv6 alone", () => {
  const { ipv4, ipv6 } = parse({ EnableIPv4: false, EnableIPv6: true, IPv6Network: "fd00::/48" });
  assertEquals(ipv4, undefined);
  assertEquals(ipv6, { network: "fd00::/48", subnetLength: 64, first: "fd00:0:0:1::", last: "fd00:0:0:ffff::" });
});

Deno.test("a small network is divided into four", () => {
  const lengths = (net: string) => parse({ Network: net }).ipv4!.subnetLength;
  assertEquals(["10.0.0.0/21", "10.0.0.0/22", "10.0.0.0/23", "10.0.0.0/28"].map(lengths), [24, 24, 25, 30]);
  const six = (net: string) => parse({ EnableIPv4: false, EnableIPv6: true, IPv6Network: net }).ipv6!.subnetLength;
  assertEquals(["fd00::/62", "fd00::/63", "fd00::/124"].map(six), [64, 65, 126]);
});

Deno.test("a length of 0 counts as none given", () => {
  assertEquals(parse({ Network: "10.5.0.0/16", SubnetLen: 0 }).ipv4!.subnetLength, 24);
});

for (
  const [name, json, message] of [
    ["no JSON", "{", "it is no JSON"],
    ["no object", "5", "it is invalid"],
    ["no network", "{}", 'its key "Network" is missing, and "EnableIPv4" is true'],
    ["no IPv6 network", '{"Network":"10.5.0.0/16","EnableIPv6":true}', 'its key "IPv6Network" is missing'],
    ["no family", '{"EnableIPv4":false}', 'both "EnableIPv4" and "EnableIPv6" are false'],
    ["the wrong family", '{"Network":"fd00::/48"}', 'its key "Network" is invalid: expected a network of IPv4'],
    ["an address in place of a network", '{"Network":"10.5.0.0"}', 'its key "Network" is invalid'],
    ["a length as text", '{"Network":"10.5.0.0/16","SubnetLen":"24"}', 'its key "SubnetLen" is invalid'],
    ["a length too long", '{"Network":"10.5.0.0/16","SubnetLen":31}', '"SubnetLen" is 31, and 30 is the most'],
    ["a length too short", '{"Network":"10.5.0.0/16","SubnetLen":17}', '"SubnetLen" is 17, and has to be 18 or more'],
    ["a network too small", '{"Network":"10.5.0.0/29"}', '"Network" is too small: /29, and /28 is the smallest'],
    [
      "a first one outside",
      '{"Network":"10.5.0.0/16","SubnetMin":"10.6.0.0"}',
      '"SubnetMin" is outside of 10.5.0.0/16',
    ],
    ["a last one outside", '{"Network":"10.5.0.0/16","SubnetMax":"10.4.0.0"}', '"SubnetMax" is outside of 10.5.0.0/16'],
    ["a first one off", '{"Network":"10.5.0.0/16","SubnetMin":"10.5.1.1"}', '"SubnetMin" is not where a subnet of /24'],
    [
      "bounds in the wrong order",
      '{"Network":"10.5.0.0/16","SubnetMin":"10.5.9.0","SubnetMax":"10.5.8.0"}',
      'its key "SubnetMin" is above "SubnetMax"',
    ],
    ["a backend without type", '{"Network":"10.5.0.0/16","Backend":{}}', 'its key "Backend.Type" is invalid'],
  ] as const
) {
  Deno.test(`refused, with the key: ${name}`, () => {
    const error = assertThrows(() => parseNetworkConfig(json, "/etc/net-conf.json"), NetworkConfigError, message);
    assertEquals(error.message.startsWith("Cannot use the network configuration /etc/net-conf.json as "), true);
  });
}
