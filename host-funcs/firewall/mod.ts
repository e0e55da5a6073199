// The `firewall` interface: masquerade and MAC checks, by nftables, in tables of the host's own.

import type * as Firewall from "cnidaria:cni/firewall@0.3.0";
import type { HostContext } from "../context.ts";
import { transaction } from "../state/database.ts";
import { orTakeBack } from "../take_back.ts";
import { type ElementKind, elementsOf, putElement, valueOf, valuesOf } from "./elements.ts";
import { canonicalCheck, isEnforced, setMacCheck } from "./mac_check.ts";
import { dropUnused, isEffective, setMasquerade } from "./masquerade.ts";
import { baseChain, baseCommands, canonicalRule, chainCommands } from "./masquerade_rule.ts";
import { packetFilter } from "./packet_filter.ts";
import { listOf, releaseElement } from "./release.ts";
import { type FirewallChange, undoFirewallChange } from "./undo.ts";

/** What a plugin has asked for by this interface, and ends by it. */
const OWN_KINDS: ReadonlySet<ElementKind> = new Set(["masquerade", "mac-check"]);

/** The host functions of `firewall` for one call. libnftables is opened where a table or chain is missing or unused. */
export function createFirewall(context: HostContext): typeof Firewall {
  return {
    addMasquerade: (masquerade) => addMasquerade(context, masquerade),
    listMasquerades: () =>
      elementsOf(context.database(), context.attachment).filter(({ kind }) => kind === "masquerade")
        .map(({ key, value }) => ({ source: key, local: listOf(value) }))
        .filter((masquerade) => isEffective(packetFilter(context), canonicalRule(masquerade))),
    addMacCheck: (link, mac) => addMacCheck(context, link, mac),
    hasMacCheck: (link, mac) => isEnforced(packetFilter(context), canonicalCheck(link, mac)),
    probe: () => probe(context, [...baseCommands(), ...chainCommands(4, ""), ...chainCommands(6, "")]),
    release: () => release(context),
  };
}

function addMasquerade(context: HostContext, masquerade: Firewall.Masquerade): void {
  const rule = canonicalRule(masquerade);
  const { source, local, family } = rule;
  const database = context.database();
  const filter = packetFilter(context);
  const before = valueOf(database, context.attachment, "masquerade", source);
  const change: FirewallChange = {
    kind: "masquerade-added",
    source,
    local: listOf(local),
    ...before === undefined ? {} : { before: listOf(before) },
  };
  context.record(change);
  undoneOnFailure(context, change, () => {
    putElement(database, context.attachment, { kind: "masquerade", key: source, value: local });
    setMasquerade(filter, rule, local);
    if (before !== undefined && before !== local) dropUnused(database, filter, family, before);
  });
}

function addMacCheck(context: HostContext, link: string, mac: string): void {
  const check = canonicalCheck(link, mac);
  const database = context.database();
  const filter = packetFilter(context);
  const before = valueOf(database, context.attachment, "mac-check", link);
  const change: FirewallChange = {
    kind: "mac-check-added",
    link,
    mac: check.mac,
    ...before === undefined ? {} : { before },
  };
  context.record(change);
  undoneOnFailure(context, change, () => {
    const allowed = valuesOf(database, "mac-check", link);
    // A link of that name that another attachment had is gone, or this one could not have it.
    database.run("DELETE FROM firewall_elements WHERE kind = 'mac-check' AND key = ?", link);
    putElement(database, context.attachment, { kind: "mac-check", key: link, value: check.mac });
    setMacCheck(filter, check, allowed);
  });
}

/** Where a rule is, rules can be made; else the kernel is asked, which checks them and drops them. */
function probe(context: HostContext, commands: readonly string[]): void {
  const filter = packetFilter(context);
  if (!filter.hasChain("inet", baseChain)) filter.check(commands, "make nftables rules");
}

function release(context: HostContext): void {
  const database = context.database();
  const owned = elementsOf(database, context.attachment).filter(({ kind }) => OWN_KINDS.has(kind));
  if (owned.length === 0) return;
  const filter = packetFilter(context);
  context.record({ kind: "firewall-released" });
  transaction(database, () => {
    for (const element of owned) releaseElement(database, filter, context.attachment, element);
  });
}

/** The kernel may have taken what the state then refuses (its disk is full): it is taken back from the kernel as well. */
function undoneOnFailure(context: HostContext, change: FirewallChange, body: () => void): void {
  orTakeBack(
    context,
    () => transaction(context.database(), body),
    (quiet) => undoFirewallChange(quiet, change),
  );
}
