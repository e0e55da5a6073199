// The `leases` interface: one owner for each address of a network, in the node's state.

import type * as Leases from "cnidaria:cni/leases@0.3.0";
import type { AttachmentKey, HostContext } from "../context.ts";
import { type Database, transaction } from "../state/database.ts";
import { type Liveness, livenessOf } from "../state/liveness.ts";
import { bootId } from "../sys/identity.ts";
import { acquire } from "./acquire.ts";
import { deadLeases, liesIn } from "./dead.ts";
import { layoutOf, sizeOf } from "./layout.ts";
import { describeHolders, leasesOf } from "./owner.ts";
import { findPool, leasedIn } from "./pool_record.ts";
import { removeLease, retain } from "./release.ts";

/** What the leases need of the world. */
export interface LeaseSurroundings {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly livenessOf: (database: Database, attachment: AttachmentKey) => Liveness;
  /** Changes with each boot. */
  readonly bootId: () => string;
}

/** Largest number that crosses to every engine exactly. */
const largestSize = 2n ** 53n;

function surroundingsOf({ standIn }: HostContext): LeaseSurroundings {
  const liveness = standIn?.netnsId === undefined
    ? livenessOf
    : (database: Database, attachment: AttachmentKey) =>
      livenessOf(database, attachment, (path) => standIn.netnsId?.(path));
  return { now: () => Date.now(), livenessOf: liveness, bootId };
}

/** The host functions of `leases` for one call. */
export function createLeases(context: HostContext, world: LeaseSurroundings = surroundingsOf(context)): typeof Leases {
  const { network } = context.attachment;
  return {
    acquire: (pool, requested) => acquire(context, pool, requested, world),
    held: (store) => leasesOf(context.database(), context.attachment, store).map((lease) => lease.address),
    release: (store) => {
      const database = context.database();
      return transaction(database, () => {
        const leases = leasesOf(database, context.attachment, store);
        if (leases.length === 0) return 0;
        context.record({ kind: "lease-released", store, addresses: leases.map((lease) => lease.address) });
        for (const lease of leases) removeLease(database, network, store, lease, world.now());
        return leases.length;
      });
    },
    retain: (store, valid) => retain(context, store, valid, world),
    usage: (pool) => {
      const database = context.database();
      const layout = layoutOf(pool.ranges);
      const size = sizeOf(layout);
      const held = findPool(database, network, pool.store, layout)?.held ??
        leasedIn(database, network, pool.store, layout).length;
      // An acquire that found no other address would take these.
      const dead = deadLeases(database, world.bootId(), { network, store: pool.store })
        .filter((lease) => liesIn(layout, lease.address));
      return {
        size: size > largestSize ? largestSize : size,
        held: BigInt(held - dead.length),
        holders: describeHolders(database, network, pool.store),
      };
    },
  };
}
