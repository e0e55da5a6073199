// What every DEL takes away. For plugins that import links and ipam; see `del.ts` for those that import firewall as well.

import * as ipam from "cnidaria:cni/ipam@0.3.0";
import * as links from "cnidaria:cni/links@0.3.0";
import type { Attachment } from "cnidaria:cni/types@0.3.0";
import { CniError } from "./cni_error.ts";
import { isHostError, toCniError } from "./host_error.ts";

/** A step of a DEL. `doing` completes "Cannot …". */
export interface Removal {
  readonly doing: string;
  run(): void;
}

/**
 * Removes the container's link, then what `between` says, then the attachment's leases: an address must not be leased
 * again while it is in use. Each is tried even if another fails; what is gone already is no error.
 *
 * @param leased whether the configuration names an IPAM plugin
 * @throws {CniError} with everything that failed
 */
export function removeLink(at: Attachment, config: string, leased: boolean, between: readonly Removal[] = []): void {
  const link = { doing: `remove ${at.ifname}`, run: () => links.delete("container", at.ifname) };
  const leases = { doing: `release the addresses of ${at.ifname}`, run: () => ipam.del(config) };
  const steps = [...at.hasNetns ? [link] : [], ...between, ...leased ? [leases] : []];
  const [first, ...others] = steps.map(failureOf).filter((failure) => failure !== undefined);
  if (first === undefined) return;
  const message = [first.message, ...others.map((failure) => failure.message)].join("; ");
  throw new CniError(first.code, message, first.payload.details);
}

function failureOf({ doing, run }: Removal): CniError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return isHostError(error, "not-found") ? undefined : toCniError(error, doing);
  }
}
