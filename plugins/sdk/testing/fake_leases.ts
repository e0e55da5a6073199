// The interface `leases` in memory, for one network.

import type * as Leases from "cnidaria:cni/leases@0.3.0";
import type { Attachment } from "cnidaria:cni/types@0.3.0";
import { parseIp, stringifyIp } from "ip-bigint";
import { sameAddress } from "../address.ts";
import { HostFailure } from "./host_failure.ts";

/** Who holds what. */
export interface FakeLease {
  readonly store: string;
  readonly pool: number;
  readonly address: string;
  /** `CONTAINER/IFNAME`. */
  readonly owner: string;
}

/** @param owner the attachment that is calling */
export function fakeLeases(held: FakeLease[], pools: Leases.Pool[], owner: () => Attachment): typeof Leases {
  const self = () => `${owner().containerId}/${owner().ifname}`;
  const drop = (gone: (lease: FakeLease) => boolean) => {
    const kept = held.filter((lease) => !gone(lease));
    const count = held.length - kept.length;
    held.splice(0, held.length, ...kept);
    return count;
  };
  return {
    acquire(pool, requested) {
      pools.push(pool);
      const taken = (address: string) => held.find((one) => one.store === pool.store && one.address === address);
      if (held.some((one) => one.store === pool.store && one.pool === pool.index && one.owner === self())) {
        throw new HostFailure("exists", `${self()} has a lease in pool ${pool.index}`);
      }
      for (const [range, bounds] of pool.ranges.entries()) {
        for (const address of requested === undefined ? addressesOf(bounds) : [requested]) {
          if (bounds.gateway !== undefined && sameAddress(bounds.gateway, address)) {
            if (requested !== undefined) throw new HostFailure("invalid", `${address} is the gateway`);
            continue;
          }
          if (!isWithin(bounds, address)) continue;
          const other = taken(address);
          if (other !== undefined && requested !== undefined) {
            throw new HostFailure("busy", `${address} is held by ${other.owner}`);
          }
          if (other !== undefined) continue;
          held.push({ store: pool.store, pool: pool.index, address, owner: self() });
          return { address, range };
        }
      }
      throw new HostFailure("exhausted", `no address is free: ${held.length} are held`);
    },
    held: (store) => held.filter((one) => one.store === store && one.owner === self()).map((one) => one.address),
    release: (store) => drop((one) => one.store === store && one.owner === self()),
    retain(store, valid) {
      const owners = valid.map((one) => `${one.containerId}/${one.ifname}`);
      return drop((one) => one.store === store && !owners.includes(one.owner));
    },
    usage(pool) {
      // One of each range is its gateway.
      const size = pool.ranges.reduce((sum, range) => sum + countOf(range) - 1n, 0n);
      const mine = held.filter((one) => one.store === pool.store && one.pool === pool.index);
      return {
        size: size < MOST ? size : MOST,
        held: BigInt(mine.length),
        holders: mine.map((one) => one.owner).join(", "),
      };
    },
  };
}

/** The contract's upper bound of a pool's size. */
const MOST = 2n ** 53n;

function countOf({ first, last }: Leases.Range): bigint {
  return parseIp(last).number - parseIp(first).number + 1n;
}

function* addressesOf(range: Leases.Range): Generator<string> {
  const { number: last, version } = parseIp(range.last);
  for (let number = parseIp(range.first).number; number <= last; number++) yield stringifyIp({ number, version });
}

function isWithin(range: Leases.Range, address: string): boolean {
  const { number, version } = parseIp(address);
  const first = parseIp(range.first);
  return version === first.version && first.number <= number && number <= parseIp(range.last).number;
}
