import { assertEquals } from "@std/assert";
import { Reading } from "../reading.ts";
import { flush } from "../firewall/testing/with_firewall.ts";
import { portMapsDifferences, redoPortMapsChange } from "./drift.ts";
import { createPortMaps } from "./mod.ts";
import { type PortsContext, portsTest } from "./testing/with_ports.ts";
import type { PortMapsChange } from "./undo.ts";

const maps = [
  { protocol: "tcp" as const, hostPort: 8080, address: "10.77.0.5", containerPort: 80 },
  { protocol: "udp" as const, hostAddress: "fd77::1", hostPort: 53, address: "fd77::5", containerPort: 53 },
];
const hairpin = { networks: ["127.0.0.0/8", "10.77.0.0/24", "fd77::/64"], markBit: 13 };
const changesOf = ({ changes }: PortsContext) =>
  changes.filter(({ kind }) => kind === "port-maps-added") as PortMapsChange[];
const differences = (context: PortsContext) =>
  changesOf(context).flatMap((change) => portMapsDifferences(new Reading(context), change));
const redo = (context: PortsContext) => changesOf(context).forEach((change) => redoPortMapsChange(context, change));
const GONE = (bridge: string) => [
  "map of tcp port 8080 (IPv4) is gone from the packet filter",
  "map of udp port 53 of fd77::1 is gone from the packet filter",
  `guard of 127.0.0.0/8 on ${bridge} is gone from the packet filter`,
];

portsTest(
  "what nft flush ruleset takes is missed and made again, the parameter of the link too",
  (at, ruleset, nft) => {
    const context = at();
    context.connect();
    createPortMaps(context).add(maps, hairpin);
    const before = ruleset();
    assertEquals(differences(context), []);
    flush(nft);
    Deno.writeTextFileSync(`/proc/sys/net/ipv4/conf/${context.bridge}/route_localnet`, "0");
    assertEquals(differences(context), [
      ...GONE(context.bridge).slice(0, 2),
      `route_localnet of ${context.bridge} is 0, not 1`,
      GONE(context.bridge)[2],
    ]);
    redo(context);
    assertEquals([differences(context), ruleset()], [[], before]);
  },
);

for (
  const [what, command, missing] of [
    ["an element", "delete element inet cnidaria-ports mapped4 { tcp . 8080 }", [0]],
    ["an element of the sources", "delete element inet cnidaria-ports marked-at6 { fd77::1 . udp . 53 }", [1]],
    ["the rules of a hook", "flush chain inet cnidaria-ports output", [0, 1]],
    ["the rules of a family", "flush chain inet cnidaria-ports ports6", [1]],
    ["all rules", "flush table inet cnidaria-ports", [0, 1]],
  ] as const
) {
  portsTest(`${what} that someone deleted: missed, and made again`, (at, ruleset, nft) => {
    const context = at();
    context.connect();
    createPortMaps(context).add(maps, hairpin);
    const before = ruleset();
    assertEquals(nft.run(command).ok, true);
    assertEquals(differences(context), missing.map((index) => GONE(context.bridge)[index]!));
    redo(context);
    assertEquals([differences(context), ruleset()], [[], before]);
  });
}

portsTest("what the state has lost is missed and written again", (at) => {
  const context = at();
  context.connect();
  createPortMaps(context).add(maps, hairpin);
  context.database().run("DELETE FROM firewall_elements");
  assertEquals(differences(context), [
    "map of tcp port 8080 (IPv4) is gone from the node's state",
    "map of udp port 53 of fd77::1 is gone from the node's state",
    `guard of 127.0.0.0/8 on ${context.bridge} is gone from the node's state`,
  ]);
  redo(context);
  assertEquals(differences(context), []);
});

portsTest("the next ADD makes rules that were flushed, for all", (at, _, nft) => {
  const [a, b] = [at("a"), at("b")];
  createPortMaps(a).add(maps, hairpin);
  nft.run("flush table inet cnidaria-ports");
  createPortMaps(b).add([{ ...maps[0]!, hostPort: 8081 }, { ...maps[1]!, hostPort: 54 }], hairpin);
  assertEquals([differences(a), differences(b)], [[], []]);
});
