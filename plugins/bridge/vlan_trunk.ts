// `vlanTrunk`: the VLANs that a port carries tagged.

import * as v from "valibot";
import type { Vlan } from "cnidaria:cni/links@0.3.0";
import { fields, invalidConfig } from "../sdk/mod.ts";

const vlanId = fields.integer(1, 4094);

export const vlanTrunkSchema = v.array(
  fields.object(
    { minID: v.exactOptional(vlanId), maxID: v.exactOptional(vlanId), id: v.exactOptional(vlanId) },
    "an object",
  ),
  "a list of {id} or {minID, maxID}",
);

/** Merged ranges in ascending order. @throws {CniError} code 7 naming the entry */
export function trunkRanges(trunk: v.InferOutput<typeof vlanTrunkSchema>): [first: number, last: number][] {
  const wanted = trunk.flatMap((entry, index) => entryRanges(entry, `vlanTrunk[${index}]`)).sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [first, last] of wanted) {
    const before = merged.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else merged.push([first, last]);
  }
  return merged;
}

function entryRanges(entry: v.InferOutput<typeof vlanTrunkSchema>[number], key: string): [number, number][] {
  const { minID, maxID, id } = entry;
  const ranges: [number, number][] = id === undefined ? [] : [[id, id]];
  if (minID === undefined && maxID === undefined) return ranges;
  if (minID === undefined) throw invalidConfig(`${key}.minID is missing, maxID is ${maxID}: give both`);
  if (maxID === undefined) throw invalidConfig(`${key}.maxID is missing, minID is ${minID}: give both`);
  if (minID > maxID) throw invalidConfig(`${key}.minID is above maxID: ${minID} is above ${maxID}`);
  return [...ranges, [minID, maxID]];
}

/**
 * What a port's VLAN table gets. A trunk without an access VLAN keeps 1 as its native VLAN, as upstream does for
 * configurations that are older than the combination of the two.
 *
 * @param access `vlan`, 0 for none
 */
export function portVlans(access: number, trunk: readonly (readonly [number, number])[]): Vlan[] {
  const native = access !== 0 ? access : trunk.length > 0 ? 1 : 0;
  const vlans: Vlan[] = trunk.map(([first, last]) => ({ first, last, pvid: false, untagged: false }));
  return native === 0 ? vlans : [...vlans, { first: native, last: native, pvid: true, untagged: true }];
}
