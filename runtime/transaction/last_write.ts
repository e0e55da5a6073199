// Two changes of one thing come to one: with the value of the later, and what was there before the earlier.

import type { Change, LinkAttributes } from "../../host-funcs/change.ts";

/** @returns what both come to; undefined if they are not about the same */
export function lastWrite(earlier: Change, later: Change): Change | undefined {
  switch (later.kind) {
    case "link-changed":
      if (earlier.kind !== later.kind || earlier.ns !== later.ns || earlier.name !== later.name) return undefined;
      return {
        ...later,
        before: { ...later.before, ...earlier.before },
        after: { ...withoutPort(earlier.after ?? {}, later.after ?? {}), ...later.after },
      };
    case "sysctl-set": {
      if (earlier.kind !== later.kind || earlier.ns !== later.ns || earlier.key !== later.key) return undefined;
      // A value that is put back by the same call leaves what was set before it.
      const value = later.value ?? earlier.value;
      return { ...later, before: earlier.before, ...value === undefined ? {} : { value } };
    }
    case "neighbor-set":
      if (earlier.kind !== later.kind || earlier.ns !== later.ns || earlier.link !== later.link) return undefined;
      return earlier.address === later.address ? withBefore(later, earlier) : undefined;
    case "masquerade-added":
      return earlier.kind === later.kind && earlier.source === later.source ? withBefore(later, earlier) : undefined;
    case "mac-check-added":
      return earlier.kind === later.kind && earlier.link === later.link ? withBefore(later, earlier) : undefined;
    case "limit-added":
      return earlier.kind === later.kind && earlier.link === later.link && earlier.direction === later.direction
        ? later
        : undefined;
    case "isolation-added":
      return earlier.kind === later.kind && earlier.address === later.address ? later : undefined;
    case "forwarding-set":
      if (earlier.kind !== later.kind || earlier.element !== later.element) return undefined;
      return earlier.key === later.key ? withBefore(later, earlier) : undefined;
    case "note-put":
      return earlier.kind === later.kind && earlier.key === later.key ? withBefore(later, earlier) : undefined;
    case "port-maps-added":
    case "vlans-removed":
      return JSON.stringify(earlier) === JSON.stringify(later) ? later : undefined;
    default:
      return undefined;
  }
}

/** Whether two changes are about the same thing, so that only the later of them shows. */
export function sameThing(a: Change, b: Change): boolean {
  if (a.kind === "address-added") {
    return (b.kind === "address-added" || b.kind === "address-removed") && a.ns === b.ns && a.link === b.link &&
      a.cidr === b.cidr;
  }
  return lastWrite(a, b) !== undefined;
}

/** A port that joins a bridge begins anew. */
function withoutPort(earlier: LinkAttributes, later: LinkAttributes): LinkAttributes {
  if (later.master === undefined) return earlier;
  const { hairpin: _, isolated: __, ...rest } = earlier;
  return rest;
}

function withBefore<T extends Change & { before?: unknown }>(later: T, earlier: T): T {
  const { before: _, ...rest } = later;
  return (earlier.before === undefined ? rest : { ...rest, before: earlier.before }) as T;
}
