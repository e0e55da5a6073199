// The table of port maps against the state and the kernel, and making it again.

import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { elementsOf } from "../firewall/elements.ts";
import { packetFilter, readOnce } from "../firewall/packet_filter.ts";
import type { Reading } from "../reading.ts";
import { transaction } from "../state/database.ts";
import { reflectionDifferences, setReflected } from "./hairpin.ts";
import { localnetDifferences, setLocalnet } from "./localnet.ts";
import { claim, rowOf } from "./owned.ts";
import { describePort } from "./port_map.ts";
import { deletionsOf, isMapped, restoreMaps } from "./table.ts";
import { ownedBy, type PortMapsChange } from "./undo.ts";

type Added = Extract<Change, { kind: "port-maps-added" }>;

/** `map of tcp port 8080 (IPv4) is gone from the packet filter`. */
export function portMapsDifferences(now: Reading, change: PortMapsChange): string[] {
  if (change.kind === "port-maps-released") return [];
  const filter = readOnce(now);
  const { context } = now;
  const rows = new Map(
    elementsOf(context.database(), context.attachment).map(({ kind, key, value }) => [`${kind} ${key}`, value]),
  );
  const found = ownedBy(change).flatMap((owned) => {
    const what = `map of ${describePort(owned.map)}`;
    const row = rowOf(owned);
    return [
      ...isMapped(filter, owned) ? [] : [`${what} is gone from the packet filter`],
      ...rows.get(`${row.kind} ${row.key}`) === row.value ? [] : [`${what} is gone from the node's state`],
    ];
  });
  const { localnet, reflected = [] } = change;
  found.push(...reflectionDifferences(context, reflected));
  if (localnet === undefined) return found;
  const known = rows.has(`localnet ${localnet.link}`);
  return [
    ...found,
    ...known ? [] : [`guard of 127.0.0.0/8 on ${localnet.link} is gone from the node's state`],
    ...localnetDifferences(context, filter, localnet),
  ];
}

/** In the state and in the kernel, whichever lacks it. @throws {HostCallError} `exists` where another has a port by now */
export function redoPortMapsChange(context: HostContext, change: PortMapsChange): void {
  if (change.kind === "port-maps-released") return;
  const database = context.database();
  const filter = packetFilter(context);
  const owned = ownedBy(change);
  transaction(database, () => {
    const taken = claim(context, owned);
    restoreMaps(filter, owned, deletionsOf(taken));
    restoreLocalnet(context, change);
  });
  setReflected(context, change.reflected ?? [], true);
}

function restoreLocalnet(context: HostContext, { localnet }: Added): void {
  if (localnet !== undefined) setLocalnet(context, packetFilter(context), localnet);
}
