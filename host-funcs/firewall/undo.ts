// Takes changes of the packet filter back, in the state and in the kernel, whichever of them has it.

import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { transaction } from "../state/database.ts";
import { putElement, removeElement, valuesOf } from "./elements.ts";
import { clearIsolation, dropUnusedIsolation, isolatedAddress } from "./isolation.ts";
import { canonicalCheck, clearMacCheck, dropUnusedChecks, setMacCheck } from "./mac_check.ts";
import { clearMasquerade, dropUnused, setMasquerade } from "./masquerade.ts";
import { canonicalRule } from "./masquerade_rule.ts";
import { packetFilter } from "./packet_filter.ts";

/** A change that `undoFirewallChange` knows. */
export type FirewallChange = Extract<
  Change,
  { kind: "masquerade-added" | "mac-check-added" | "isolation-added" | "firewall-released" }
>;

/** Nothing to do is success. A release is final. */
export function undoFirewallChange(context: HostContext, change: FirewallChange): void {
  if (change.kind === "masquerade-added") undoMasquerade(context, change);
  if (change.kind === "mac-check-added") undoMacCheck(context, change);
  if (change.kind === "isolation-added") undoIsolation(context, change.address);
}

function undoMasquerade(context: HostContext, change: Extract<Change, { kind: "masquerade-added" }>): void {
  const database = context.database();
  const filter = packetFilter(context);
  const rule = canonicalRule(change);
  const { source, local, family } = rule;
  transaction(database, () => {
    if (change.before === undefined) {
      removeElement(database, context.attachment, "masquerade", source);
      clearMasquerade(database, filter, rule);
    } else {
      const before = canonicalRule({ source, local: change.before }).local;
      putElement(database, context.attachment, { kind: "masquerade", key: source, value: before });
      setMasquerade(filter, rule, before);
    }
    dropUnused(database, filter, family, local);
  });
}

function undoMacCheck(context: HostContext, change: Extract<Change, { kind: "mac-check-added" }>): void {
  const database = context.database();
  const filter = packetFilter(context);
  const check = canonicalCheck(change.link, change.mac);
  transaction(database, () => {
    if (change.before === undefined) {
      removeElement(database, context.attachment, "mac-check", check.link);
      // A link of the same name may be another pod's by now.
      if (valuesOf(database, "mac-check", check.link).length === 0) clearMacCheck(filter, check);
    } else {
      putElement(database, context.attachment, { kind: "mac-check", key: check.link, value: change.before });
      setMacCheck(filter, { link: check.link, mac: change.before }, [check.mac]);
    }
    dropUnusedChecks(database, filter);
  });
}

function undoIsolation(context: HostContext, text: string): void {
  const database = context.database();
  const filter = packetFilter(context);
  const target = isolatedAddress(text);
  transaction(database, () => {
    removeElement(database, context.attachment, "isolation", target.address);
    removeElement(database, context.attachment, "isolation-ended", target.address);
    clearIsolation(database, filter, target);
    dropUnusedIsolation(database, filter);
  });
}
