// What a plugin could do beyond its own attachment and what the network configuration names, in sentences for whoever is
// to allow it.

import type { Manifest } from "../../plugin/manifest.ts";

/** One sentence for each kind of reach that goes far; none where the plugin keeps to its attachment. */
export function risksOf({ imports, grants }: Pick<Manifest, "imports" | "grants">): string[] {
  const hostSysctls = (grants.sysctl ?? []).filter((it) => !it.startsWith("container:"));
  const reach: [interfaceName: Manifest["imports"][number], what: string, values: readonly string[]][] = [
    [
      "delegate",
      "runs other plugins, executables among them, with configurations of its own making",
      grants.delegate ?? [],
    ],
    ["links", "changes links of the node that it did not make", grants.links?.host ?? []],
    ["links", "puts pods on links of the node", grants.links?.parents ?? []],
    ["links", "moves links of the node into containers that the configuration need not name", given(grants.devices)],
    ["addresses", "gives the node addresses that the configuration need not name", literal(grants.addresses?.host)],
    ["addresses", "takes addresses from the node that it did not give", grants.addresses?.hostRemove ?? []],
    ["routes", "changes routes of the node that lead elsewhere than to its attachment", literal(grants.routes?.host)],
    ["rules", "changes by which table the node finds routes", grants.rules?.host ?? []],
    ["sysctl", "changes kernel parameters of the node", hostSysctls],
    ["firewall", "masquerades addresses that need not be its attachment's", literal(grants.firewall?.masquerade)],
    ["port-maps", "leads ports of the node to addresses that need not be its attachment's", literal(grants.portMaps)],
    ["leases", "leases addresses that the configuration need not name", literal(grants.leases)],
  ];
  return reach.filter(([name, , values]) => imports.includes(name) && values.length > 0)
    .map(([, what, values]) => `${what}: ${values.join(", ")}`);
}

/** Devices that the configuration does not name. */
function given(devices: readonly string[] = []): string[] {
  return devices.filter((it) => !/^[a-z-]+:\$\{config\.[^}:]+\}$/.test(it));
}

/** Networks that neither an IPAM plugin nor the configuration gives. */
function literal(networks: readonly string[] = []): string[] {
  return networks.filter((it) => !it.startsWith("$"));
}
