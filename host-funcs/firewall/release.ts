// Ends what an attachment has in the packet filter, in the state and in the kernel.

import type { AttachmentKey } from "../context.ts";
import { clearForwarding, dropUnusedForwarding } from "../forwarding/rules.ts";
import type { Database } from "../state/database.ts";
import { type OwnedElement, removeElement } from "./elements.ts";
import { clearIsolation, dropUnusedIsolation, isolatedAddress } from "./isolation.ts";
import { clearMacCheck, dropUnusedChecks } from "./mac_check.ts";
import { clearMasquerade, dropUnused } from "./masquerade.ts";
import { canonicalRule } from "./masquerade_rule.ts";
import type { PacketFilter } from "./packet_filter.ts";
import { releasePortRow } from "../port-maps/release.ts";
import { currentNamespace } from "../sys/namespace.ts";

/** The networks of a list in canonical form. */
export function listOf(value: string): string[] {
  return value === "" ? [] : value.split(",");
}

/** Inside a transaction. Does nothing in the kernel where that has none. */
export function releaseElement(
  database: Database,
  filter: PacketFilter,
  owner: AttachmentKey,
  { kind, key, value }: OwnedElement,
): void {
  removeElement(database, owner, kind, key);
  switch (kind) {
    case "mac-check":
      clearMacCheck(filter, { link: key, mac: value });
      return dropUnusedChecks(database, filter);
    case "masquerade": {
      const rule = canonicalRule({ source: key, local: listOf(value) });
      clearMasquerade(database, filter, rule);
      return dropUnused(database, filter, rule.family, value);
    }
    case "isolation":
    case "isolation-ended":
      clearIsolation(database, filter, isolatedAddress(key));
      return dropUnusedIsolation(database, filter);
    case "port-map":
    case "localnet": {
      const context = { attachment: owner, database: () => database, namespace: () => currentNamespace() };
      return releasePortRow(context, filter, { kind, key, value });
    }
    case "forwarded-pod":
    case "confined-link":
    case "isolated-port":
      clearForwarding(database, filter, { kind, key, value });
      return dropUnusedForwarding(database, filter);
  }
}
