// Takes changes of the table of port maps back, in the state and in the kernel, whichever of them has it.

import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { setReflected } from "./hairpin.ts";
import { type OwnedMap } from "./owned.ts";
import { canonicalMaps } from "./port_map.ts";
import { releaseAll } from "./release.ts";
import { canonicalSources } from "./sources.ts";
import { forgetAfter } from "./stale.ts";

/** A change that `undoPortMapsChange` knows. */
export type PortMapsChange = Extract<Change, { kind: "port-maps-added" | "port-maps-released" }>;

/** What a change has added, as the state has it. */
export function ownedBy({ maps, hairpin }: Extract<PortMapsChange, { kind: "port-maps-added" }>): OwnedMap[] {
  const sources = canonicalSources(hairpin);
  return canonicalMaps(maps).map((map) => ({ map, sources: sources[map.family] }));
}

/**
 * Nothing to do is success. A release is final.
 *
 * @param ofEarlierBoot whether only the state can have it: links of the same names are others
 */
export function undoPortMapsChange(context: HostContext, change: PortMapsChange, ofEarlierBoot = false): void {
  if (change.kind === "port-maps-released") return;
  const owned = ownedBy(change);
  releaseAll(context, owned, change.localnet === undefined ? [] : [{ ...change.localnet, ofEarlierBoot }]);
  if (ofEarlierBoot) return;
  setReflected(context, change.reflected ?? [], false);
  forgetAfter(context, owned.map(({ map }) => map));
}
