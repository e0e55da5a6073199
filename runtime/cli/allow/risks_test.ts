import { assertEquals } from "@std/assert";
import { INTERFACES } from "../../plugin/manifest.ts";
import { risksOf } from "./risks.ts";

const imports = [...INTERFACES];

Deno.test("a plugin that keeps to its attachment has no risks", () => {
  const grants = {
    links: { container: ["${ifname}"] },
    addresses: { host: ["${ipam}"], container: ["10.0.0.0/8"] },
    routes: { host: ["${ipam}"], container: ["0.0.0.0/0"] },
    sysctl: ["container:net/ipv6/conf/${ifname}/accept_dad"],
    firewall: { masquerade: ["${ipam}"] },
    leases: ["${config.ipam}"],
    portMaps: ["${ips}"],
  };
  assertEquals(risksOf({ imports, grants }), []);
});

for (
  const [grants, sentence] of [
    [{ delegate: ["*"] }, "runs other plugins, executables among them, with configurations of its own making: *"],
    [{ links: { host: ["eth0", "*"] } }, "changes links of the node that it did not make: eth0, *"],
    [{ links: { parents: ["eth0"] } }, "puts pods on links of the node: eth0"],
    [
      { devices: ["name:${config.device}", "mac:*", "name:${config.device:eth1}"] },
      "moves links of the node into containers that the configuration need not name: mac:*, name:${config.device:eth1}",
    ],
    [
      { addresses: { host: ["10.0.0.0/8"] } },
      "gives the node addresses that the configuration need not name: 10.0.0.0/8",
    ],
    [{ addresses: { hostRemove: ["::/0"] } }, "takes addresses from the node that it did not give: ::/0"],
    [
      { routes: { host: ["0.0.0.0/0"] } },
      "changes routes of the node that lead elsewhere than to its attachment: 0.0.0.0/0",
    ],
    [{ sysctl: ["host:net/*", "*:x"] }, "changes kernel parameters of the node: host:net/*, *:x"],
    [
      { firewall: { masquerade: ["0.0.0.0/0"] } },
      "masquerades addresses that need not be its attachment's: 0.0.0.0/0",
    ],
    [
      { portMaps: ["10.0.0.0/8"] },
      "leads ports of the node to addresses that need not be its attachment's: 10.0.0.0/8",
    ],
    [{ leases: ["10.0.0.0/8"] }, "leases addresses that the configuration need not name: 10.0.0.0/8"],
  ] as const
) {
  Deno.test(`risk of ${JSON.stringify(grants)}`, () => {
    // deno-lint-ignore no-explicit-any
    assertEquals(risksOf({ imports, grants: grants as any }), [sentence]);
    // deno-lint-ignore no-explicit-any
    assertEquals(risksOf({ imports: [], grants: grants as any }), []);
  });
}
