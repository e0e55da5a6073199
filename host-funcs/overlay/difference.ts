// What differs between what is wanted and what the kernel has. Pure.

import type { Claims } from "./claims.ts";
import type { FoundEntry, LinkNames } from "./kernel.ts";
import {
  describeObject,
  type FoundRoute,
  isSame,
  keyOf,
  OVERLAY_PROTOCOL,
  type OverlayObject,
  type Route,
} from "./object.ts";
import { nameOf } from "./peer_key.ts";
import { RTPROT_KERNEL } from "../routes/route_message.ts";

/** For people: `missing: the route to 10.244.2.0/24 via 10.244.2.0 on flannel.1`. */
export interface Difference {
  /** `foreign`: it is there, and nobody wants it. */
  readonly state: "missing" | "different" | "foreign";
  readonly kind: "device" | "checksum-offload" | "address" | OverlayObject["kind"];
  readonly what: string;
  /** What there is instead, or why it cannot be had. */
  readonly found?: string;
  readonly peer?: string;
}

/** `peer` is a `peerKey`. */
export interface ObjectDifference {
  readonly state: Difference["state"];
  readonly object: OverlayObject | FoundRoute;
  /** What has its place. */
  readonly instead: readonly (OverlayObject | FoundRoute)[];
  readonly peer?: string;
}

export interface Found {
  readonly links: LinkNames;
  readonly routes: readonly FoundRoute[];
  readonly entries: readonly FoundEntry[];
}

/** A device of the overlay. */
export interface OwnDevice {
  readonly name: string;
  readonly learning: boolean;
}

/**
 * @param sweep whether what nobody wants is a difference: not before all wishes are known
 * @returns what is as it should be too, by key
 */
export function compareObjects(claims: Claims, found: Found, devices: readonly OwnDevice[], sweep: boolean) {
  const inPlace = new Map<string, OverlayObject>();
  const differences: ObjectDifference[] = [];
  const instead = new Map<string, (OverlayObject | FoundRoute)[]>();
  const foreign = (object: OverlayObject | FoundRoute) => {
    if (sweep) differences.push({ state: "foreign", object, instead: [] });
  };
  const own = new Map(devices.map((device) => [device.name, device]));

  for (const [key, routes] of Map.groupBy(found.routes, (route) => `route ${route.dst}`)) {
    const wanted = claims.get(key)?.object as Route | undefined;
    const fitting = wanted && routes.find((route) => isExact(route, wanted, found.links));
    if (fitting) inPlace.set(key, wanted);
    for (const route of routes) {
      if (route === fitting) continue;
      // It is replaced; another of the kernel's preference is beside ours.
      if (wanted && !fitting && route.priority === usualPriority(route)) {
        instead.set(key, [...instead.get(key) ?? [], route]);
      } else if (isOurs(route, own)) foreign(route);
    }
  }
  for (const [key, entries] of Map.groupBy(found.entries, ({ object }) => keyOf(object))) {
    const wanted = claims.get(key)?.object;
    const fitting = wanted && entries.find(({ object, permanent }) => permanent && isSame(object, wanted));
    if (fitting) inPlace.set(key, wanted);
    for (const entry of entries) {
      if (entry === fitting) continue;
      if (wanted && !fitting) instead.set(key, [...instead.get(key) ?? [], entry.object]);
      else if (wanted || stays(entry, own)) foreign(entry.object);
    }
  }
  for (const [key, { peer, object }] of claims.all()) {
    if (inPlace.has(key)) continue;
    const others = instead.get(key) ?? [];
    differences.push({ state: others.length > 0 ? "different" : "missing", object, instead: others, peer });
  }
  return { inPlace, differences };
}

export function toDifference({ state, object, instead, peer }: ObjectDifference): Difference {
  return {
    state,
    kind: object.kind,
    what: describeObject(object),
    ...instead.length === 0 ? {} : { found: instead.map(describeFound).join(", ") },
    ...peer === undefined ? {} : { peer: nameOf(peer) },
  };
}

/** `missing: the neighbour 10.244.2.0 (02:...) of flannel.1`. */
export function describeDifference({ state, what, found }: Difference): string {
  return `${state}: ${what}${found === undefined ? "" : `: ${found}`}`;
}

/** Whether a route that the kernel has is the wanted one, in all that it says. */
export function isExact(route: FoundRoute, wanted: Route, links: LinkNames): boolean {
  return route.gateway === wanted.gateway && route.linkIndex === links.named(wanted.link)?.index &&
    route.onlink === wanted.onlink && route.protocol === OVERLAY_PROTOCOL &&
    route.priority === usualPriority(route) && !route.special;
}

/** Whether a route that nobody wants is to be removed. The kernel's own routes come and go with addresses. */
export function isOurs(route: FoundRoute, own: { has(name: string): boolean }): boolean {
  if (route.linkIndex === 0) return false;
  return route.protocol === OVERLAY_PROTOCOL || (own.has(route.link) && route.protocol !== RTPROT_KERNEL);
}

/** Whether an entry that nobody wants is to be removed: not one that was learned, and goes by itself. */
export function stays({ object, permanent }: FoundEntry, own: { get(name: string): OwnDevice | undefined }): boolean {
  return permanent || (object.kind === "fdb" && own.get(object.link)?.learning === false);
}

/** What a route has that names no priority. */
export function usualPriority({ dst }: FoundRoute): number {
  return dst.includes(":") ? 1024 : 0;
}

function describeFound(object: OverlayObject | FoundRoute): string {
  const protocol = "protocol" in object ? `, protocol ${object.protocol}` : "";
  return `${describeObject(object)}${protocol}`;
}
