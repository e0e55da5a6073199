import { assertEquals } from "@std/assert";
import { createForwarding } from "../forwarding/mod.ts";
import { fakeContext } from "../state/testing.ts";
import { claim } from "../port-maps/owned.ts";
import { releaseAll } from "../port-maps/release.ts";
import { setMaps } from "../port-maps/table.ts";
import { ownedBy } from "../port-maps/undo.ts";
import { type Database, transaction } from "../state/database.ts";
import { isolate } from "./isolate.ts";
import { isAnythingLost } from "./lost.ts";
import { createFirewall } from "./mod.ts";
import { packetFilter } from "./packet_filter.ts";
import { firewallTest, flush } from "./testing/with_firewall.ts";

const local = ["10.1.0.0/16"];
const lost = (database: Database) => isAnythingLost(database, packetFilter());

/** Everything that a pod can have. @returns ends it */
function attach(database: Database, id: string, last: number): () => void {
  const context = fakeContext(database, { containerId: id });
  const [firewall, forwarding] = [createFirewall(context), createForwarding(context)];
  firewall.addMasquerade({ source: `10.1.0.${last}`, local });
  firewall.addMasquerade({ source: `fd00::${last}`, local: [] });
  firewall.addMacCheck(`veth${id}`, `02:00:00:00:00:0${last}`);
  forwarding.admit({ address: `10.1.0.${last}` });
  forwarding.confine({ link: "cni0", ingress: "same-bridge" });
  forwarding.isolatePort(`veth${id}`);
  const maps = ["10.1.0.", "fd00::"].map((network) => ({
    protocol: "tcp" as const,
    hostPort: 8000 + last,
    address: `${network}${last}`,
    containerPort: 80,
  }));
  const owned = ownedBy({ kind: "port-maps-added", maps, hairpin: { networks: ["10.1.0.0/16"], markBit: 13 } });
  transaction(database, () => {
    claim(context, owned);
    setMaps(packetFilter(), owned);
  });
  return () => {
    firewall.release();
    forwarding.release();
    releaseAll(context, owned, []);
  };
}

/** What someone could do to it. */
const DAMAGES = [
  "delete element inet cnidaria masquerade4 { 10.1.0.2 }",
  "flush map inet cnidaria masquerade6",
  "flush chain inet cnidaria postrouting",
  "flush table inet cnidaria",
  "delete table inet cnidaria",
  "flush chain bridge cnidaria prerouting",
  'delete element bridge cnidaria checked { "vethb" }',
  "flush chain inet cnidaria-forward forward",
  "flush map inet cnidaria-forward pods4",
  "flush set inet cnidaria-forward within",
  "delete table inet cnidaria-forward",
  "delete table bridge cnidaria-forward",
  "delete element inet cnidaria-ports mapped4 { tcp . 8001 }",
  "flush map inet cnidaria-ports marked4",
  "flush chain inet cnidaria-ports ports6",
  "flush chain inet cnidaria-ports postrouting-13",
  "flush table inet cnidaria-ports",
  "delete table inet cnidaria-ports",
];

for (const damage of DAMAGES) {
  firewallTest(`isAnythingLost() after: ${damage}`, (database, _, nft) => {
    attach(database, "a", 1);
    attach(database, "b", 2);
    assertEquals(lost(database), false);
    assertEquals(nft.run(damage).ok, true);
    assertEquals(lost(database), true);
  });
}

firewallTest("nothing is lost where nothing is owed: after a DEL, of an earlier boot, and on an empty node", (
  database,
  _,
  nft,
) => {
  assertEquals(lost(database), false);
  const ends = [attach(database, "a", 1), attach(database, "b", 2)];
  ends[0]!();
  assertEquals(lost(database), false);
  database.run(
    `INSERT INTO attachments (network, container_id, ifname, plugin, netns_path, netns_id, boot_id, config, args, result,
      changes, created_ms) VALUES ('net', 'b', 'eth0', 'bridge', '', '', 'earlier', '{}', '', '{}', '[]', 0)`,
  );
  flush(nft);
  assertEquals(lost(database), false);
  ends[1]!();
});

firewallTest("an isolated address is missed as well", (database) => {
  isolate(fakeContext(database), { address: "10.1.0.5", linkKind: "veth" }, false);
  assertEquals(lost(database), false);
  database.run("UPDATE firewall_elements SET kind = 'isolation'");
  assertEquals(lost(database), true);
});
