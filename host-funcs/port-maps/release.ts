// Ends what an attachment has of the table of port maps, in the state and in the kernel.

import type { HostContext } from "../context.ts";
import { type OwnedElement, removeElement } from "../firewall/elements.ts";
import { type PacketFilter, packetFilter } from "../firewall/packet_filter.ts";
import { transaction } from "../state/database.ts";
import type { ParameterContext } from "../sysctl/file.ts";
import { clearLocalnet, type Localnet, localnetOfRow } from "./localnet.ts";
import { isClaimed, type OwnedMap, ownedOfRow } from "./owned.ts";
import { forgetAfter } from "./stale.ts";
import { clearMaps, dropUnusedPorts } from "./table.ts";

type ReleaseContext = Pick<HostContext, "attachment" | "database"> & ParameterContext;

/** All at once, and the connections that were led there. */
export function releaseRows(context: HostContext, rows: readonly OwnedElement[]): void {
  const maps = rows.filter(({ kind }) => kind === "port-map").map(ownedOfRow);
  const localnets = rows.filter(({ kind }) => kind === "localnet").map(localnetOfRow);
  releaseAll(context, maps, localnets);
  forgetAfter(context, maps.map(({ map }) => map));
}

/** Maps and links of this attachment's, whichever of state and kernel has them. */
export function releaseAll(
  context: ReleaseContext & Pick<HostContext, "standIn">,
  maps: readonly OwnedMap[],
  localnets: readonly Localnet[],
): void {
  transaction(context.database(), () => releaseInside(context, packetFilter(context), maps, localnets));
}

/** One row. Inside a transaction; connections are not looked at. */
export function releasePortRow(context: ReleaseContext, filter: PacketFilter, row: OwnedElement): void {
  if (row.kind === "port-map") releaseInside(context, filter, [ownedOfRow(row)], []);
  else releaseInside(context, filter, [], [localnetOfRow(row)]);
}

function releaseInside(
  context: ReleaseContext,
  filter: PacketFilter,
  maps: readonly OwnedMap[],
  localnets: readonly Localnet[],
): void {
  const database = context.database();
  for (const { map } of maps) removeElement(database, context.attachment, "port-map", map.key);
  // What another attachment has taken over stays.
  const free = maps.filter(({ map }) => !isClaimed(database, map.key));
  clearMaps(filter, free);
  for (const localnet of localnets) clearLocalnet(context, filter, localnet);
  dropUnusedPorts(database, filter, maps);
}
