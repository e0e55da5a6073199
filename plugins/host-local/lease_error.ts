// Why a lease could not be had, as a CNI error that names the range set.

import { CniError, ErrorCodes, hostErrorOf, toCniError } from "../sdk/mod.ts";
import type { RangeSet } from "./range.ts";

/** @param requested the address that was asked for, if any */
export function leaseError(error: unknown, set: RangeSet, requested: string | undefined): CniError {
  const where = `${set.key} (${set.ranges.map((range) => range.subnet).join(", ")})`;
  const doing = requested === undefined ? `lease an address from ${where}` : `lease ${requested} from ${where}`;
  const host = hostErrorOf(error);
  if (host === undefined) return toCniError(error, doing);
  const code = { exhausted: ErrorCodes.notAvailable, busy: ErrorCodes.addressTaken, exists: ErrorCodes.addressTaken };
  const own = (code as Record<string, number>)[host.code];
  return own === undefined ? toCniError(error, doing) : new CniError(own, `Cannot ${doing}: ${host.message}`);
}
