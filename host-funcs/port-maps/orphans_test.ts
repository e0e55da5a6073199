import { assertEquals } from "@std/assert";
import { deleteKernelElements, kernelOrphans, orphanElements } from "../firewall/orphans.ts";
import { packetFilter } from "../firewall/packet_filter.ts";
import { releaseElement } from "../firewall/release.ts";
import { transaction } from "../state/database.ts";
import { createPortMaps } from "./mod.ts";
import { portsTest } from "./testing/with_ports.ts";

const map = (hostPort: number, hostAddress?: string) => ({
  protocol: "tcp" as const,
  hostPort,
  address: "10.77.0.5",
  containerPort: 80,
  ...hostAddress === undefined ? {} : { hostAddress },
});
const hairpin = { networks: ["127.0.0.0/8", "10.77.0.0/24"], markBit: 13 };

portsTest(
  "maps of an attachment that the ledger does not have end like a DEL's, the link's parameter too",
  (at, ruleset) => {
    const context = at();
    context.connect();
    createPortMaps(context).add([map(8080), map(8081, "192.0.2.1")], hairpin);
    const database = context.database();
    const found = orphanElements(database);
    assertEquals(found.map(({ kind, key }) => `${kind} ${key}`), [
      `localnet ${context.bridge}`,
      "port-map tcp 8080 0.0.0.0",
      "port-map tcp 8081 192.0.2.1",
    ]);
    assertEquals(kernelOrphans(database, packetFilter()), [], "the state has them all");
    transaction(database, () => {
      for (const orphan of found) releaseElement(database, packetFilter(), orphan, orphan);
    });
    const parameter = Deno.readTextFileSync(`/proc/sys/net/ipv4/conf/${context.bridge}/route_localnet`).trim();
    assertEquals([ruleset(), orphanElements(database), parameter], ["", [], "0"]);
  },
);

portsTest("elements of the kernel that the state does not have are found, named and deleted", (at, ruleset, nft) => {
  const context = at();
  const parameter = () => Deno.readTextFileSync(`/proc/sys/net/ipv4/conf/${context.bridge}/route_localnet`).trim();
  context.connect();
  createPortMaps(context).add([map(8080), map(8081, "192.0.2.1")], hairpin);
  const database = context.database();
  database.run("DELETE FROM firewall_elements");
  const orphans = kernelOrphans(database, packetFilter());
  assertEquals(orphans.map(({ text }) => text).toSorted(), [
    `guard of 127.0.0.0/8 on link ${context.bridge}`,
    "map of tcp port 8080 (IPv4)",
    "map of tcp port 8081 of 192.0.2.1",
    "masquerade to tcp port 8080 (IPv4)",
    "masquerade to tcp port 8081 of 192.0.2.1",
  ]);
  assertEquals(parameter(), "1");
  // Of a link that is gone there is nothing to close.
  nft.run("add element inet cnidaria-ports localnet { gone }");
  deleteKernelElements(database, packetFilter(), kernelOrphans(database, packetFilter()));
  assertEquals([ruleset(), parameter()], ["", "0"]);
});
