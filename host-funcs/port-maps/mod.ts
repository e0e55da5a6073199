// The `port-maps` interface: ports of the node that lead to pods, by nftables, in a table of the host's own.

import type * as PortMaps from "cnidaria:cni/port-maps@0.3.0";
import type { HostContext } from "../context.ts";
import { elementsOf } from "../firewall/elements.ts";
import { packetFilter } from "../firewall/packet_filter.ts";
import { transaction } from "../state/database.ts";
import { orTakeBack } from "../take_back.ts";
import { portsToReflect, setReflected } from "./hairpin.ts";
import { linkToPod, localnetOf, setLocalnet } from "./localnet.ts";
import { claim, isPortKind, ownedOfRow } from "./owned.ts";
import { type CanonicalMap, canonicalMaps, valueOf } from "./port_map.ts";
import { releaseRows } from "./release.ts";
import { baseCommands, portsTable, sourceCommands } from "./rules.ts";
import { canonicalSources, holdAddress, holdLoopback, type Sources } from "./sources.ts";
import { forgetBefore } from "./stale.ts";
import { deletionsOf, isMapped, setMaps } from "./table.ts";
import { ownedBy, type PortMapsChange, undoPortMapsChange } from "./undo.ts";

/** The host functions of `cnidaria:cni/port-maps`, for one call. */
export function createPortMaps(context: HostContext): typeof PortMaps {
  return {
    add: (maps, hairpin) => addMaps(context, maps, hairpin),
    list: () =>
      elementsOf(context.database(), context.attachment).filter(({ kind }) => kind === "port-map").map(ownedOfRow)
        .filter((owned) => isMapped(packetFilter(context), owned)).map(({ map }) => valueOf(map)),
    probe: () => probe(context),
    release: () => release(context),
  };
}

function addMaps(
  context: HostContext,
  list: readonly PortMaps.PortMap[],
  hairpin: PortMaps.Hairpin | undefined,
): void {
  const maps = canonicalMaps(list);
  const sources = canonicalSources(hairpin);
  if (maps.length === 0) return;
  const link = loopbackLink(context, maps, sources);
  const own = maps.filter(({ family, address }) => holdAddress(sources[family], address));
  const reflected = portsToReflect(context, own.map(({ address }) => address));
  const change: Extract<PortMapsChange, { kind: "port-maps-added" }> = {
    kind: "port-maps-added",
    maps: maps.map(valueOf),
    ...hairpin === undefined ? {} : { hairpin: { networks: [...hairpin.networks], markBit: hairpin.markBit } },
    ...reflected.length === 0 ? {} : { reflected },
  };
  const database = context.database();
  const filter = packetFilter(context);
  const owned = ownedBy(change);
  let recorded = false;
  orTakeBack(context, () => {
    transaction(database, () => {
      // What the link's parameter was can be told only where no other process is about to set it.
      const localnet = link === undefined ? undefined : localnetOf(context, filter, link);
      if (localnet !== undefined) change.localnet = localnet;
      context.record(change);
      recorded = true;
      const taken = claim(context, owned);
      setMaps(filter, owned, deletionsOf(taken));
      if (localnet !== undefined) setLocalnet(context, filter, localnet);
    });
    setReflected(context, reflected, true);
  }, (quiet) => {
    if (recorded) undoPortMapsChange(quiet, change);
  });
  forgetBefore(context, maps);
}

/** The link that connections from 127.0.0.1 take to the pod: its IPv4 address is one. */
function loopbackLink(context: HostContext, maps: readonly CanonicalMap[], sources: Sources): string | undefined {
  const ipv4 = maps.find(({ family }) => family === 4);
  return ipv4 === undefined || !holdLoopback(sources[4]) ? undefined : linkToPod(context, ipv4.address);
}

/** Where the rules are, they can be made; else the kernel is asked, which checks them and drops them. */
function probe(context: HostContext): void {
  const filter = packetFilter(context);
  if (filter.hasChain("inet", "prerouting", portsTable)) return;
  const { 4: ipv4, 6: ipv6 } = canonicalSources({ networks: ["127.0.0.0/8", "fd00::/8"], markBit: 0 });
  filter.check([...baseCommands(), ...sourceCommands(4, ipv4), ...sourceCommands(6, ipv6)], "map ports by nftables");
}

function release(context: HostContext): void {
  const database = context.database();
  const rows = elementsOf(database, context.attachment).filter(({ kind }) => isPortKind(kind));
  if (rows.length === 0) return;
  context.record({ kind: "port-maps-released" });
  releaseRows(context, rows);
}
