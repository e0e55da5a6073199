// What is in the packet filter for nobody: elements of attachments that the ledger does not have, and elements of the
// kernel's sets that the state does not have. To be asked inside a transaction, as all changes of the packet filter are
// made inside one: then no other process is between the kernel and the state.

import type { AttachmentKey } from "../context.ts";
import { formatAddress } from "../ip_number.ts";
import type { Database } from "../state/database.ts";
import { formatMac } from "../sys/mac_address.ts";
import { currentNamespace } from "../sys/namespace.ts";
import type { ElementKey } from "../sys/nftables_elements.ts";
import { dropUnusedForwarding } from "../forwarding/rules.ts";
import { placesOf as placesOfForwarding, SETS as FORWARDING_SETS } from "../forwarding/table.ts";
import type { ElementKind, OwnedElement } from "./elements.ts";
import { dropUnusedIsolation, isolatedAddress, isolationElement } from "./isolation.ts";
import { nameOf } from "./link_name.ts";
import { dropUnusedChecks, elementsOfCheck } from "./mac_check.ts";
import { elementsOf, linkElement, PORT_SETS } from "../port-maps/elements.ts";
import { closeLink } from "../port-maps/localnet.ts";
import { ownedOfRow } from "../port-maps/owned.ts";
import { dropUnusedPorts } from "../port-maps/table.ts";
import { dropUnused } from "./masquerade.ts";
import { canonicalRule, elementOf } from "./masquerade_rule.ts";
import type { PacketFilter } from "./packet_filter.ts";

export interface OrphanElement extends AttachmentKey, OwnedElement {}

/** The state's elements whose attachment has no row in the ledger; its ADD may be under way. */
export function orphanElements(database: Database, network?: string): OrphanElement[] {
  return database.all(
    `SELECT kind, key, value, network, container_id, ifname FROM firewall_elements AS its
      WHERE ${network === undefined ? "" : "network = ? AND"} NOT EXISTS (
        SELECT 1 FROM attachments AS made WHERE made.network = its.network
          AND made.container_id = its.container_id AND made.ifname = its.ifname
      ) ORDER BY kind, key`,
    ...network === undefined ? [] : [network],
  ).map((row) => ({
    kind: row.kind as ElementKind,
    key: String(row.key),
    value: String(row.value),
    network: String(row.network),
    containerId: String(row.container_id),
    ifname: String(row.ifname),
  }));
}

/** An element of the kernel's, and what it is in words. */
export interface KernelElement {
  readonly at: ElementKey;
  /** `masquerade of 10.1.0.5` */
  readonly text: string;
}

/** Each set of ours, with what an element of it is. */
export const OWN_SETS:
  readonly (Pick<ElementKey, "family" | "set" | "table"> & { readonly text: (key: Uint8Array) => string })[] = [
    { family: "inet", set: "masquerade4", text: (key) => `masquerade of ${formatAddress(4, numberOf(key))}` },
    { family: "inet", set: "masquerade6", text: (key) => `masquerade of ${formatAddress(6, numberOf(key))}` },
    { ...isolated(4), text: (key) => `isolation of ${formatAddress(4, numberOf(key))}` },
    { ...isolated(6), text: (key) => `isolation of ${formatAddress(6, numberOf(key))}` },
    { family: "bridge", set: "checked", text: (key) => `MAC check of link ${nameOf(key)}` },
    {
      family: "bridge",
      set: "allowed",
      text: (key) => `MAC ${formatMac(key.slice(16, 22))} that link ${nameOf(key)} may send from`,
    },
    ...PORT_SETS,
    { ...FORWARDING_SETS.pods4, text: (key) => `admission of ${formatAddress(4, numberOf(key))}` },
    { ...FORWARDING_SETS.pods6, text: (key) => `admission of ${formatAddress(6, numberOf(key))}` },
    { ...FORWARDING_SETS.confined, text: (key) => `confinement of link ${nameOf(key)}` },
    { ...FORWARDING_SETS.within, text: (key) => `confinement of link ${nameOf(key)} but for its own traffic` },
    { ...FORWARDING_SETS.ports, text: (key) => `isolation of port ${nameOf(key)}` },
  ];

/**
 * The kernel's elements that the state does not have.
 *
 * @throws {HostCallError}
 */
export function kernelOrphans(database: Database, filter: PacketFilter): KernelElement[] {
  const known = new Set(elementsOfState(database).map(placeOf));
  return OWN_SETS.flatMap(({ text, ...set }) =>
    filter.keys(set.family, set.set, set.table).map((key) => ({ at: { ...set, key }, text: text(key) }))
  ).filter(({ at }) => !known.has(placeOf(at)));
}

/**
 * Deletes elements of the kernel's, and the table that is left over where the state has no element for it.
 *
 * @throws {HostCallError}
 */
export function deleteKernelElements(
  database: Database,
  filter: PacketFilter,
  elements: readonly KernelElement[],
): void {
  if (elements.length === 0) return;
  const guards = linkElement("");
  for (const { at } of elements) {
    if (at.table !== guards.table || at.set !== guards.set) continue;
    closeLink({ namespace: () => currentNamespace() }, nameOf(at.key));
  }
  filter.change(elements.map(({ at }) => ({ delete: at })), "delete nftables elements that belong to no attachment");
  dropUnused(database, filter, 4, "");
  dropUnusedChecks(database, filter);
  dropUnusedIsolation(database, filter);
  dropUnusedPorts(database, filter);
  dropUnusedForwarding(database, filter);
}

/** One text for each place of an element. */
export function placeOf({ family, set, key }: ElementKey): string {
  return `${family} ${set} ${key.toHex()}`;
}

/** Where the kernel has the elements of the state. */
function elementsOfState(database: Database): ElementKey[] {
  return database.all("SELECT kind, key, value FROM firewall_elements").flatMap(({ kind, key, value }) =>
    placesOfElement({ kind: kind as ElementKind, key: String(key), value: String(value) })
  );
}

/** Where the kernel has an element of the state. */
export function placesOfElement({ kind, key, value }: OwnedElement): ElementKey[] {
  switch (kind) {
    case "masquerade":
      return [elementOf(canonicalRule({ source: key, local: [] }))];
    case "mac-check":
      return elementsOfCheck({ link: key, mac: value });
    case "isolation":
      return [isolationElement(isolatedAddress(key))];
    case "isolation-ended":
      return [];
    case "forwarded-pod":
    case "confined-link":
    case "isolated-port":
      return placesOfForwarding(kind, key);
    case "port-map": {
      const { map, sources } = ownedOfRow({ key, value });
      return elementsOf(map, sources).map(({ add }) => add);
    }
    case "localnet":
      return [linkElement(key)];
  }
}

function isolated(family: 4 | 6): Omit<ElementKey, "key"> {
  const { key: _, ...set } = isolationElement({ family, key: new Uint8Array() });
  return set;
}

function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduce((number, byte) => number << 8n | BigInt(byte), 0n);
}
