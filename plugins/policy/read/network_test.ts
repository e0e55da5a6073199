import { assertEquals } from "@std/assert";
import { NETWORK_POLICY, parsed, wrong } from "./testing.ts";

const policy = (ipBlock: unknown) => ({ ingress: [{ from: [{ ipBlock }] }] });

for (
  const [block, cidr, except = []] of [
    [{ cidr: "10.0.0.0/8" }, "10.0.0.0/8"],
    [{ cidr: "10.0.0.0/8", except: [] }, "10.0.0.0/8"],
    [{ cidr: "10.0.0.0/8", except: null }, "10.0.0.0/8"],
    [{ cidr: "10.1.2.3/8" }, "10.0.0.0/8"],
    [{ cidr: "0.0.0.0/0", except: ["0.0.0.0/1"] }, "0.0.0.0/0", ["0.0.0.0/1"]],
    [{ cidr: "192.0.2.1/32" }, "192.0.2.1/32"],
    [{ cidr: "::/0", except: ["::1/128"] }, "::/0", ["::1/128"]],
    [{ cidr: "2001:0DB8:0:0::5/64" }, "2001:db8::/64"],
    [{ cidr: "64:ff9b::10.0.0.0/104", except: ["64:ff9b::10.1.2.3/128"] }, "64:ff9b::a00:0/104", [
      "64:ff9b::a01:203/128",
    ]],
    [
      { cidr: "10.0.0.0/8", except: ["10.9.0.0/16", "10.1.0.0/24", "10.1.0.7/16", "10.9.0.0/16", "10.1.255.0/24"] },
      "10.0.0.0/8",
      ["10.1.0.0/16", "10.9.0.0/16"],
    ],
    [
      { cidr: "fd00::/8", except: ["fd00:2::/32", "fd00:1::/33", "fd00:1:8000::/33", "fd00:2:1::/48"] },
      "fd00::/8",
      ["fd00:1::/33", "fd00:1:8000::/33", "fd00:2::/32"],
    ],
  ] as [unknown, string, string[]?][]
) {
  Deno.test(`the network of ${JSON.stringify(block)}`, () => {
    const [rule] = parsed(NETWORK_POLICY, policy(block)).ingress!;
    assertEquals(rule?.peers, [{ kind: "network", cidr, except }]);
  });
}

const AT = "spec.ingress[0].from[0].ipBlock";
const NONE = "it is no network in CIDR notation:";

for (
  const [block, ...errors] of [
    ["10.0.0.0/8", `${AT}: it is no object: "10.0.0.0/8"`],
    [{}, `${AT}.cidr: it is missing`],
    [{ cidr: "" }, `${AT}.cidr: ${NONE} ""`],
    [{ cidr: 10 }, `${AT}.cidr: it is no text: 10`],
    [{ cidr: "10.0.0.0" }, `${AT}.cidr: ${NONE} "10.0.0.0" (the address alone is 10.0.0.0/32)`],
    [{ cidr: "fd00::1" }, `${AT}.cidr: ${NONE} "fd00::1" (the address alone is fd00::1/128)`],
    [{ cidr: "10.0.0.0/33" }, `${AT}.cidr: ${NONE} "10.0.0.0/33"`],
    [{ cidr: "fd00::/129" }, `${AT}.cidr: ${NONE} "fd00::/129"`],
    [{ cidr: "10.0.0.0/-1" }, `${AT}.cidr: ${NONE} "10.0.0.0/-1"`],
    [{ cidr: "10.0.0/8" }, `${AT}.cidr: ${NONE} "10.0.0/8"`],
    [{ cidr: "10.0.0.256/8" }, `${AT}.cidr: ${NONE} "10.0.0.256/8"`],
    [{ cidr: "example.com/24" }, `${AT}.cidr: ${NONE} "example.com/24"`],
    [{ cidr: " 10.0.0.0/8" }, `${AT}.cidr: ${NONE} " 10.0.0.0/8"`],
    [{ cidr: "fe80::1%eth0/64" }, `${AT}.cidr: ${NONE} "fe80::1%eth0/64"`],
    [
      { cidr: "010.0.0.0/8" },
      `${AT}.cidr: ${NONE} "010.0.0.0/8" (a number in it begins with 0, which some take for octal)`,
    ],
    [
      { cidr: "10.0.0.0/08" },
      `${AT}.cidr: ${NONE} "10.0.0.0/08" (a number in it begins with 0, which some take for octal)`,
    ],
    [
      { cidr: "::ffff:10.0.0.0/104" },
      `${AT}.cidr: it is an IPv4 network in IPv6 notation, which no packet has; write it as IPv4: "::ffff:10.0.0.0/104"`,
    ],
    [{ cidr: ":".repeat(100) }, `${AT}.cidr: ${NONE} ${JSON.stringify(":".repeat(80))}…`],
    [{ cidr: "10.0.0.0/8", excepts: [] }, `${AT}.excepts: it is no field of an ipBlock; it has cidr, except`],
    [{ cidr: "10.0.0.0/8", except: "10.1.0.0/16" }, `${AT}.except: it is no list: "10.1.0.0/16"`],
    [
      { cidr: "10.0.0.5/8", except: ["11.0.0.0/16", "10.0.0.0/8", "0.0.0.0/0", "fd00::/16", "10.0.0.0", null] },
      ...["11.0.0.0/16", "10.0.0.0/8", "0.0.0.0/0", "fd00::/16"].map((it, index) =>
        `${AT}.except[${index}]: it is not a part of cidr, 10.0.0.0/8, without being all of it: "${it}"`
      ),
      `${AT}.except[4]: ${NONE} "10.0.0.0" (the address alone is 10.0.0.0/32)`,
      `${AT}.except[5]: it is no text: null`,
    ],
    // Not a second complaint where cidr itself is none.
    [{ cidr: "10.0.0.0/40", except: ["11.0.0.0/16"] }, `${AT}.cidr: ${NONE} "10.0.0.0/40"`],
  ] as [unknown, ...string[]][]
) {
  Deno.test(`an ipBlock is refused: ${JSON.stringify(block).slice(0, 80)}`, () => {
    assertEquals(wrong(NETWORK_POLICY, policy(block)), errors);
  });
}
