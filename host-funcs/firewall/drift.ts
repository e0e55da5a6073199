// The packet filter against what was added to it, and adding it again: elements, and the chains and rules that they are
// nothing without.

import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import type { Reading } from "../reading.ts";
import { transaction } from "../state/database.ts";
import { putElement, valueOf, valuesOf } from "./elements.ts";
import { isIsolated, isolatedAddress, setIsolation } from "./isolation.ts";
import { canonicalCheck, isEnforced, restoreMacCheck } from "./mac_check.ts";
import { isEffective, restoreMasquerade } from "./masquerade.ts";
import { canonicalRule } from "./masquerade_rule.ts";
import { type FilterReading, packetFilter, readOnce } from "./packet_filter.ts";
import type { FirewallChange } from "./undo.ts";

type Masquerade = Extract<Change, { kind: "masquerade-added" }>;
type Isolation = Extract<Change, { kind: "isolation-added" }>;
type MacCheck = Extract<Change, { kind: "mac-check-added" }>;

/** `masquerade of 10.1.0.5 is gone from the packet filter`. */
export function firewallDifferences(now: Reading, change: FirewallChange): string[] {
  switch (change.kind) {
    case "masquerade-added":
      return masqueradeDifferences(now, change);
    case "mac-check-added":
      return macCheckDifferences(now, change);
    case "isolation-added":
      return isolationDifferences(now, change);
    case "firewall-released":
      return [];
  }
}

/** In the state and in the kernel, whichever lacks it. */
export function redoFirewallChange(context: HostContext, change: FirewallChange): void {
  if (change.kind === "firewall-released") return;
  const database = context.database();
  transaction(database, () => {
    if (change.kind === "isolation-added") restoreIsolation(context, change);
    else if (change.kind === "masquerade-added") {
      const rule = canonicalRule(change);
      putElement(database, context.attachment, { kind: "masquerade", key: rule.source, value: rule.local });
      restoreMasquerade(packetFilter(context), rule);
    } else {
      const check = canonicalCheck(change.link, change.mac);
      const allowed = valuesOf(database, "mac-check", check.link);
      putElement(database, context.attachment, { kind: "mac-check", key: check.link, value: check.mac });
      restoreMacCheck(packetFilter(context), check, allowed);
    }
  });
}

function masqueradeDifferences(now: Reading, change: Masquerade): string[] {
  const { context } = now;
  const rule = canonicalRule(change);
  const filter = readOnce(now);
  const database = context.database();
  const found: string[] = [];
  // Another attachment may claim the same source: the kernel has what the last one said.
  const claimed = new Set([rule.local, ...valuesOf(database, "masquerade", rule.source)]);
  if (![...claimed].some((local) => isEffective(filter, { ...rule, local }))) {
    found.push(`masquerade of ${rule.source} is gone from the packet filter`);
  }
  if (valueOf(database, context.attachment, "masquerade", rule.source) !== rule.local) {
    found.push(`masquerade of ${rule.source} is gone from the node's state`);
  }
  return found;
}

function macCheckDifferences(now: Reading, change: MacCheck): string[] {
  const check = canonicalCheck(change.link, change.mac);
  const found: string[] = [];
  if (!isEnforced(readOnce(now), check)) found.push(`MAC check of ${check.link} is gone from the packet filter`);
  if (valueOf(now.context.database(), now.context.attachment, "mac-check", check.link) !== check.mac) {
    found.push(`MAC check of ${check.link} is gone from the node's state`);
  }
  return found;
}

/** The kernel is to have it until it is taken over; then it is whoever applies policies who sees to the address. */
function isolationDifferences(now: Reading, change: Isolation): string[] {
  const target = isolatedAddress(change.address);
  const look = (filter: FilterReading) => {
    const closed = isIsolated(filter, target);
    const state = isolationState(now.context, target.address);
    if (state === undefined) return [`isolation of ${target.address} is gone from the node's state`];
    return state === "isolation" && !closed ? [`isolation of ${target.address} is gone from the packet filter`] : [];
  };
  const seeming = look(readOnce(now));
  // It may be taken over at this moment: then the kernel has it no more, and the state has it still.
  return seeming.length === 0 ? seeming : transaction(now.context.database(), () => look(packetFilter(now.context)));
}

/** Inside a transaction. */
function restoreIsolation(context: HostContext, { address, pod, closed }: Isolation): void {
  const target = isolatedAddress(address);
  const kind = isolationState(context, target.address) ?? (closed ? "isolation" : "isolation-ended");
  putElement(context.database(), context.attachment, { kind, key: target.address, value: pod });
  if (kind === "isolation") setIsolation(packetFilter(context), target);
}

function isolationState(context: HostContext, address: string): "isolation" | "isolation-ended" | undefined {
  const kinds = ["isolation", "isolation-ended"] as const;
  return kinds.find((kind) => valueOf(context.database(), context.attachment, kind, address) !== undefined);
}
