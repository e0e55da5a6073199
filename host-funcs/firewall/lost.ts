// Whether someone else has taken from the packet filter what the node's state has: `nft flush ruleset`, another program.

import { isInForce } from "../forwarding/rules.ts";
import { SETS } from "../forwarding/table.ts";
import { ownedOfRow } from "../port-maps/owned.ts";
import { isMapped } from "../port-maps/table.ts";
import { type Database, transaction } from "../state/database.ts";
import { bootId } from "../sys/identity.ts";
import { type ElementKind, type OwnedElement, valuesOf } from "./elements.ts";
import { isIsolated, isolatedAddress } from "./isolation.ts";
import { canonicalCheck, isEnforced } from "./mac_check.ts";
import { isEffective } from "./masquerade.ts";
import { canonicalRule } from "./masquerade_rule.ts";
import { OWN_SETS, placeOf, placesOfElement } from "./orphans.ts";
import type { FilterReading, PacketFilter } from "./packet_filter.ts";
import { listOf } from "./release.ts";

/**
 * Compares all elements, and the rules that they are nothing without.
 *
 * @throws {HostCallError} where the kernel or the state cannot be read
 */
export function isAnythingLost(database: Database, filter: PacketFilter): boolean {
  // Whoever changes the packet filter does so inside a transaction of the state: inside another the look is exact. Most
  // of the time nothing even seems lost, and then nobody is kept from writing.
  return seemsLost(database, filter) && transaction(database, () => seemsLost(database, filter));
}

function seemsLost(database: Database, filter: PacketFilter): boolean {
  const elements = presentElements(database);
  if (elements.length === 0) return false;
  const there = new Set(
    OWN_SETS.flatMap((set) => filter.keys(set.family, set.set, set.table).map((key) => placeOf({ ...set, key }))),
  );
  // Whether a link may reach itself is said by all its pods together, and compared with the rules.
  const wanted = elements.flatMap(placesOfElement).filter(({ set }) => set !== SETS.within.set);
  return wanted.some((at) => !there.has(placeOf(at))) ||
    examplesOf(elements).some((example) => !isWhole(database, filter, example));
}

/** Without those of an earlier boot, which nobody misses. */
function presentElements(database: Database): OwnedElement[] {
  return database.all(
    `SELECT DISTINCT kind, key, value FROM firewall_elements AS its WHERE NOT EXISTS (
      SELECT 1 FROM attachments AS made WHERE made.network = its.network
        AND made.container_id = its.container_id AND made.ifname = its.ifname AND made.boot_id <> ?
    )`,
    bootId(),
  ).map((row) => ({ kind: row.kind as ElementKind, key: String(row.key), value: String(row.value) }));
}

/**
 * One for each kind, and for each chain of masquerades or ports: all others are as well off as these. A link is one
 * itself.
 */
function examplesOf(elements: readonly OwnedElement[]): OwnedElement[] {
  const examples = new Map(elements.map((element) => {
    const { kind, key, value } = element;
    if (kind === "confined-link") return [`${kind} ${key}`, element];
    if (kind === "port-map") {
      const { map, sources } = ownedOfRow(element);
      return [`${kind} ${map.family} ${sources}`, element];
    }
    return [kind === "masquerade" ? `${kind} ${key.includes(":")} ${value}` : kind, element];
  }));
  return [...examples.values()];
}

function isWhole(database: Database, filter: FilterReading, { kind, key, value }: OwnedElement): boolean {
  switch (kind) {
    case "masquerade": {
      const rule = canonicalRule({ source: key, local: listOf(value) });
      // Another attachment may have said another list of the same source.
      return valuesOf(database, kind, key).some((local) => isEffective(filter, { ...rule, local }));
    }
    case "mac-check":
      return isEnforced(filter, canonicalCheck(key, value));
    case "isolation":
      return isIsolated(filter, isolatedAddress(key));
    case "isolation-ended":
      return true;
    case "port-map":
      return isMapped(filter, ownedOfRow({ key, value }));
    case "localnet":
      // Its element was compared, and the rule is among those that ports need.
      return true;
    case "forwarded-pod":
    case "confined-link":
    case "isolated-port":
      return isInForce(filter, kind, key, valuesOf(database, kind, key));
  }
}
