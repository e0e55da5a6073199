// VLANs of bridge ports against what was set, and setting them again.

import type { Change, VlanRange } from "../change.ts";
import type { HostContext } from "../context.ts";
import { at, Reading } from "../reading.ts";
import type { LinkDescription } from "./link_message.ts";
import { needLink } from "./look_up.ts";
import { listVlans, type PortVlan } from "./vlan_list.ts";
import { addVlans, removeVlans } from "./vlans.ts";

type VlanChange = Extract<Change, { kind: "vlans-added" | "vlans-removed" }>;

/** @param link the port; nothing is said of one that is gone */
export function vlanDifferences(now: Reading, link: LinkDescription | undefined, change: VlanChange): string[] {
  if (link === undefined) return [];
  const present = now.shared("host", "vlans", () => listVlans(now.context)).get(link.index) ?? [];
  const name = at("host", link.name);
  return outstanding(present, change).map((range) => {
    const vlans = range.first === range.last ? `VLAN ${range.first}` : `VLANs ${range.first} to ${range.last}`;
    return change.kind === "vlans-added" ? `${name} is not in ${vlans} as it was` : `${name} is in ${vlans} again`;
  });
}

/** Sets the VLANs again that the port is not in as it was, or takes it out of those that it is in again. */
export function redoVlans(context: HostContext, change: VlanChange): void {
  const { index } = needLink(context, "host", change.name, "set the VLANs of");
  const ranges = outstanding(listVlans(context).get(index) ?? [], change);
  if (change.kind === "vlans-added") addVlans(context, change.name, ranges);
  else removeVlans(context, change.name, ranges);
}

/** The ranges that are not as the change left them. Pure. */
export function outstanding(present: readonly PortVlan[], { kind, vlans }: VlanChange): VlanRange[] {
  const byNumber = new Map(present.map((entry) => [entry.vlan, entry]));
  return vlans.filter((range) => {
    for (let vlan = range.first; vlan <= range.last; vlan++) {
      const entry = byNumber.get(vlan);
      if (kind === "vlans-removed" && entry !== undefined) return true;
      if (kind === "vlans-removed") continue;
      if (entry === undefined || entry.untagged !== range.untagged || entry.pvid !== range.pvid) return true;
    }
    return false;
  });
}
