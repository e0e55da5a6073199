// What the state and the kernel have of attachments that are neither in the ledger nor under way: four kinds, each with
// how to find and how to remove it. Both are done inside one transaction of the database. Whoever adds anything of the
// kind is in a journal before, and writes to the database itself: so what is found there is nobody's.

import type { Change } from "../../host-funcs/change.ts";
import type { AttachmentKey, HostContext } from "../../host-funcs/context.ts";
import { HostCallError } from "../../host-funcs/error.ts";
import { isolatedAddress, isolationElement } from "../../host-funcs/firewall/isolation.ts";
import { canonicalCheck, elementsOfCheck } from "../../host-funcs/firewall/mac_check.ts";
import { canonicalRule, elementOf } from "../../host-funcs/firewall/masquerade_rule.ts";
import { deleteKernelElements, kernelOrphans, orphanElements, placeOf } from "../../host-funcs/firewall/orphans.ts";
import { type PacketFilter, packetFilter } from "../../host-funcs/firewall/packet_filter.ts";
import { placesOf as placesOfForwarding } from "../../host-funcs/forwarding/table.ts";
import { releaseElement } from "../../host-funcs/firewall/release.ts";
import { deadLeases, endDeadLease } from "../../host-funcs/leases/dead.ts";
import { describeOwner } from "../../host-funcs/leases/owner.ts";
import { linkElement, placesOf } from "../../host-funcs/port-maps/elements.ts";
import { canonicalMaps } from "../../host-funcs/port-maps/port_map.ts";
import { deleteNotes, orphanNotes } from "../../host-funcs/notes/orphans.ts";
import type { Database } from "../../host-funcs/state/database.ts";
import { bootId } from "../../host-funcs/sys/identity.ts";
import { netEffect } from "./effect.ts";
import type { Garbage, Orphan, Place } from "./garbage.ts";
import { entriesOf, type StoredEntry } from "./ledger.ts";
import { attachmentsUnderWay, nameOf } from "./under_way.ts";

type OrphanKind = Orphan["kind"];
type Found<K extends OrphanKind> = Extract<Garbage, { kind: K }>;

/** What is to be seen inside one transaction. */
export interface View extends Place {
  readonly database: Database;
  readonly entries: readonly StoredEntry[];
  /** Names of attachments that are neither in the ledger nor gone. */
  readonly kept: ReadonlySet<string>;
}

interface Kind<K extends OrphanKind> {
  look(view: View): Iterable<readonly [id: string, garbage: Found<K>]>;
  remove(view: View, garbage: readonly Found<K>[], log: Pick<HostContext, "log">): void;
}

/**
 * Inside a transaction.
 *
 * @param valid attachments that a runtime says exist
 */
export function viewOf(place: Place, database: Database, valid: readonly AttachmentKey[] = []): View {
  const kept = new Set([...attachmentsUnderWay(place.stateDir), ...valid].map(nameOf));
  return { ...place, database, entries: entriesOf(database), kept };
}

/** In the order in which they are removed. */
export const ORPHANS: { readonly [K in OrphanKind]: Kind<K> } = {
  lease: {
    *look({ database, network, entries, kept }) {
      const known = new Set(
        entries.flatMap(({ attachment }) => [nameOf(attachment), nameOf({ ...attachment, ifname: "" })]),
      );
      for (const lease of deadLeases(database, bootId(), network === undefined ? {} : { network })) {
        // With a row of an earlier boot it goes with that one's DEL.
        if (known.has(nameOf(lease)) || isKept(kept, lease)) continue;
        yield [`lease ${lease.network} ${lease.store} ${lease.address} ${lease.sequence}`, {
          kind: "lease",
          lease,
          network: lease.network,
          what: `lease of ${lease.address} in network ${lease.network} by ${describeOwner(lease)}`,
          why: "it was given before the node's last boot, and not attached again",
        }];
      }
    },
    remove: ({ database }, garbage, log) => {
      for (const { lease } of garbage) endDeadLease(log, database, lease);
    },
  },
  notes: {
    *look({ database, network, kept }) {
      for (const attachment of orphanNotes(database, network)) {
        if (kept.has(nameOf(attachment))) continue;
        yield [`notes ${nameOf(attachment)}`, {
          kind: "notes",
          attachment,
          network: attachment.network,
          what: `notes of ${nameOf(attachment)}`,
          why: "the ledger has no such attachment",
        }];
      }
    },
    remove: ({ database }, garbage) => {
      for (const { attachment } of garbage) deleteNotes(database, attachment);
    },
  },
  "firewall-element": {
    *look({ database, network, kept }) {
      for (const element of orphanElements(database, network)) {
        if (kept.has(nameOf(element))) continue;
        yield [`element ${element.kind} ${element.key} ${nameOf(element)}`, {
          kind: "firewall-element",
          element,
          network: element.network,
          what: `${element.kind} of ${element.key} by ${nameOf(element)}`,
          why: "the ledger has no such attachment",
        }];
      }
    },
    remove: ({ database }, garbage) => {
      for (const { element } of garbage) releaseElement(database, packetFilter(), element, element);
    },
  },
  "kernel-element": {
    *look({ database, network, entries }) {
      const filter = network === undefined ? openedFilter() : undefined;
      if (filter === undefined) return;
      const owned = new Set(entries.flatMap((entry) => netEffect(entry.changes).flatMap(elementsOfChange)));
      for (const element of kernelOrphans(database, filter)) {
        const place = placeOf(element.at);
        if (owned.has(place)) continue;
        yield [`kernel ${place}`, {
          kind: "kernel-element",
          element,
          network: "",
          what: `nftables: ${element.text}`,
          why: "no attachment has it",
        }];
      }
    },
    remove: ({ database }, garbage) => {
      deleteKernelElements(database, packetFilter(), garbage.map(({ element }) => element));
    },
  },
};

/** A lease that was imported without an interface name is any of its container's. */
function isKept(kept: ReadonlySet<string>, { network, containerId, ifname }: AttachmentKey): boolean {
  if (ifname !== "") return kept.has(nameOf({ network, containerId, ifname }));
  return [...kept].some((name) => name.startsWith(`${network}/${containerId}/`));
}

/** None where the kernel cannot do it. */
function openedFilter(): PacketFilter | undefined {
  try {
    return packetFilter();
  } catch (error) {
    if (error instanceof HostCallError && error.code === "unsupported") return undefined;
    throw error;
  }
}

/** Where the kernel has what a change of the ledger made, even if the state has lost it. */
function elementsOfChange(change: Change): string[] {
  try {
    if (change.kind === "masquerade-added") return [placeOf(elementOf(canonicalRule(change)))];
    if (change.kind === "isolation-added" && change.closed) {
      return [placeOf(isolationElement(isolatedAddress(change.address)))];
    }
    if (change.kind === "port-maps-added") {
      const { localnet } = change;
      const places = canonicalMaps(change.maps).flatMap(placesOf);
      return [...places, ...localnet === undefined ? [] : [linkElement(localnet.link)]].map(placeOf);
    }
    if (change.kind === "forwarding-set") return placesOfForwarding(change.element, change.key).map(placeOf);
    if (change.kind === "mac-check-added") return elementsOfCheck(canonicalCheck(change.link, change.mac)).map(placeOf);
  } catch (error) {
    // A value that no element can have.
    if (!(error instanceof HostCallError)) throw error;
  }
  return [];
}
