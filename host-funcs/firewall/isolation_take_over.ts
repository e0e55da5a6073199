// Addresses of pods that a network policy may be about, for whoever applies policies: which there are, and the end of an
// isolation once what the policies say of the pod is in force.

import type { AttachmentKey } from "../context.ts";
import { type Database, transaction } from "../state/database.ts";
import { putElement, removeElement, valueOf } from "./elements.ts";
import {
  clearIsolation,
  isIsolated,
  isolatedAddress,
  type PodAddress,
  podAddresses,
  setIsolation,
} from "./isolation.ts";
import type { PacketFilter } from "./packet_filter.ts";

export { type PodAddress, podAddresses };

/** Those that are isolated still: `podAddresses` without those that were taken over, or never isolated. */
export function untaken(database: Database): PodAddress[] {
  return podAddresses(database).filter(({ isolated }) => isolated);
}

/**
 * Ends an isolation, in the kernel and in the state. To be called when what the policies say of the attachment's pod is
 * in force. Does nothing where the address is another attachment's by now, or none's. Can be repeated where it fails.
 *
 * @returns whether it was isolated
 * @throws {HostCallError} where the kernel or the state refuses
 */
export function takeOver(database: Database, filter: PacketFilter, address: string, owner: AttachmentKey): boolean {
  const target = isolatedAddress(address);
  return transaction(database, () => {
    const pod = valueOf(database, owner, "isolation", target.address);
    if (pod === undefined) return false;
    removeElement(database, owner, "isolation", target.address);
    putElement(database, owner, { kind: "isolation-ended", key: target.address, value: pod });
    clearIsolation(database, filter, target);
    return true;
  });
}

/**
 * Has the kernel isolate again whoever is to be: someone may have flushed its rules (`nft flush ruleset`).
 *
 * @returns the addresses that it did not isolate any more
 * @throws {HostCallError} where the kernel or the state refuses
 */
export function isolateAgain(database: Database, filter: PacketFilter): string[] {
  // Most of the time there is none, and then no other process is kept from writing.
  if (untaken(database).length === 0) return [];
  return transaction(database, () => {
    const freed = untaken(database).map(({ address }) => isolatedAddress(address)).filter((it) =>
      !isIsolated(filter, it)
    );
    for (const target of freed) setIsolation(filter, target);
    return [...new Set(freed.map(({ address }) => address))];
  });
}
