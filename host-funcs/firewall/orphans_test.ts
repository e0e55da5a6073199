import { assertEquals } from "@std/assert";
import type { Database } from "../state/database.ts";
import { transaction } from "../state/database.ts";
import { fakeContext } from "../state/testing.ts";
import { createFirewall } from "./mod.ts";
import { deleteKernelElements, kernelOrphans, orphanElements } from "./orphans.ts";
import { packetFilter } from "./packet_filter.ts";
import { releaseElement } from "./release.ts";
import { firewallTest, flush } from "./testing/with_firewall.ts";

const MAC = "02:00:00:00:00:05";

/** Attachments a and b of network net, c of network two; the ledger has a alone. */
function threePods(database: Database): void {
  const firewall = (containerId: string, network: string) =>
    createFirewall(fakeContext(database, { containerId, network }));
  firewall("a", "net").addMasquerade({ source: "10.1.0.5", local: ["10.1.0.0/16"] });
  firewall("b", "net").addMasquerade({ source: "10.1.0.6", local: ["10.1.0.0/16"] });
  firewall("b", "net").addMacCheck("vethb", MAC);
  firewall("c", "two").addMasquerade({ source: "fd00::7", local: [] });
  database.run(
    "INSERT INTO attachments VALUES ('net', 'a', 'eth0', 'bridge', '', '', '', '{}', '', '{}', '[]', 0, '', '')",
  );
}

firewallTest(
  "elements of attachments that the ledger does not have are found, and end like a DEL's",
  (database, ruleset) => {
    threePods(database);
    const found = (network?: string) => orphanElements(database, network).map((it) => `${it.containerId} ${it.key}`);
    assertEquals(found(), ["b vethb", "b 10.1.0.6", "c fd00::7"]);
    assertEquals(found("net"), ["b vethb", "b 10.1.0.6"]);
    assertEquals(kernelOrphans(database, packetFilter()), [], "the state has them all");
    transaction(database, () => {
      for (const orphan of orphanElements(database)) releaseElement(database, packetFilter(), orphan, orphan);
    });
    assertEquals(found(), []);
    const left = ruleset();
    assertEquals([left.includes("10.1.0.5"), left.match(/10\.1\.0\.6|fd00::7|vethb|table bridge/)], [true, null]);
  },
);

firewallTest(
  "kernel elements that the state does not have are found and deleted, and the others stay",
  (database, ruleset, nft) => {
    threePods(database);
    nft.run(
      "add element inet cnidaria masquerade4 { 10.9.0.9 : accept }\nadd element inet cnidaria masquerade6 { fd00::9 : accept }",
    );
    nft.run(`add element bridge cnidaria checked { veth9 }\nadd element bridge cnidaria allowed { veth9 . ${MAC} }`);
    const orphans = kernelOrphans(database, packetFilter());
    assertEquals(orphans.map((it) => it.text), [
      "masquerade of 10.9.0.9",
      "masquerade of fd00::9",
      "MAC check of link veth9",
      `MAC ${MAC} that link veth9 may send from`,
    ]);
    deleteKernelElements(database, packetFilter(), orphans);
    assertEquals(kernelOrphans(database, packetFilter()), []);
    const left = ruleset();
    assertEquals(left.match(/10\.9\.0\.9|fd00::9|veth9/), null);
    for (const kept of ["10.1.0.5", "10.1.0.6", "fd00::7", "vethb"]) assertEquals(left.includes(kept), true, kept);
  },
);

firewallTest("tables in which nothing is left are deleted with the last kernel element", (database, ruleset) => {
  threePods(database);
  database.run("DELETE FROM firewall_elements");
  deleteKernelElements(database, packetFilter(), kernelOrphans(database, packetFilter()));
  assertEquals(ruleset(), "");
});

firewallTest(
  "a node without our tables has no kernel elements; 1,000 elements come in several messages",
  (database, _, nft) => {
    assertEquals(kernelOrphans(database, packetFilter()), []);
    threePods(database);
    const many = Array.from({ length: 1000 }, (_, at) => `10.8.${at >> 8}.${at & 255} : accept`);
    nft.run(`add element inet cnidaria masquerade4 { ${many.join(", ")} }`);
    const orphans = kernelOrphans(database, packetFilter());
    assertEquals([orphans.length, new Set(orphans.map((it) => it.text)).size], [1000, 1000]);
    flush(nft);
    assertEquals(kernelOrphans(database, packetFilter()), []);
  },
);
