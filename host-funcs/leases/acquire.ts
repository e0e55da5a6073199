// Gives an address: the next free one, or the one that was asked for.

import type { Lease, Pool } from "cnidaria:cni/leases@0.3.0";
import type { HostContext } from "../context.ts";
import { reclaimDead } from "./dead.ts";
import { HostCallError } from "../error.ts";
import { formatAddress, parseAddress } from "../ip_number.ts";
import { type Database, transaction } from "../state/database.ts";
import { type FreeAddress, nextFree, take, textOf } from "./free_space.ts";
import { describeRanges, type Layout, layoutOf, rangeOf, sizeOf, toSortable } from "./layout.ts";
import type { LeaseSurroundings } from "./mod.ts";
import { describeHolders, describeOwner, type LeaseOwner, leasesOf, ownerOf, podOf } from "./owner.ts";
import { openPool, type PoolRecord, poolsWith, refuseOverlap } from "./pool_record.ts";
import { removeLease } from "./release.ts";
import { nextSequence } from "./sequence.ts";

/** `acquire` of the contract, in one transaction. */
export function acquire(
  context: HostContext,
  pool: Pool,
  requested: string | undefined,
  world: LeaseSurroundings,
): Lease {
  const database = context.database();
  const layout = layoutOf(pool.ranges);
  return transaction(database, () => {
    const { network } = context.attachment;
    refuseOverlap(database, network, pool, layout);
    const record = openPool(database, network, pool, layout);
    const own = ownLease(context, database, pool, layout);
    const wanted = requested ?? staleAddress(context, database, own, world);
    if (own !== undefined && wanted !== own.address) throw exists(own);
    const free = wanted === undefined
      ? findNext(database, context, pool, record, layout, world)
      : claim(database, context, pool, layout, wanted, world);
    const address = textOf(layout, free);
    const sequence = nextSequence(database);
    context.record({ kind: "lease-acquired", store: pool.store, address, sequence });
    placeLease(database, context, pool.store, address, sequence, world);
    moveCursor(database, record, pool.domain, layout, requested === undefined ? free : undefined);
    return { address, range: free.range };
  });
}

/** The lease that the attachment has in this pool. */
function ownLease(context: HostContext, database: Database, pool: Pool, layout: Layout): LeaseOwner | undefined {
  return leasesOf(database, context.attachment, pool.store).find((lease) => {
    const address = parseAddress(lease.address);
    return address !== undefined && rangeOf(layout, address.family, address.number) !== undefined;
  });
}

/** The address of this attachment's own lease, if that is left over from a time before the machine's last boot, say. */
function staleAddress(
  context: HostContext,
  database: Database,
  own: LeaseOwner | undefined,
  world: LeaseSurroundings,
): string | undefined {
  if (own === undefined || world.livenessOf(database, context.attachment) !== "dead") return undefined;
  return own.address;
}

function findNext(
  database: Database,
  context: HostContext,
  pool: Pool,
  record: PoolRecord,
  layout: Layout,
  world: LeaseSurroundings,
): FreeAddress {
  const { network } = context.attachment;
  const next = () => nextFree(database, record, pool.cooldown, world.now());
  let found = next();
  if (isFree(found)) return found;
  if (reclaimDead(context, pool.store, layout, world.bootId()) > 0) found = next();
  if (isFree(found)) return found;
  const cooling = found === undefined
    ? ""
    : `. The next address is given again in ${Math.ceil(found.waitMs / 1000)} seconds, when its cool-down ends`;
  throw new HostCallError(
    "exhausted",
    `Cannot lease an address as none is free: ${record.held} of ${sizeOf(layout)} are held in ${
      describeRanges(layout)
    }; ` +
      `${describeHolders(database, network, pool.store)}${cooling}. Enlarge the ranges, or delete what holds them`,
  );
}

function isFree(found: ReturnType<typeof nextFree>): found is FreeAddress {
  return found !== undefined && "address" in found;
}

/** The requested address, taken from its stale lease if it has one. */
function claim(
  database: Database,
  context: HostContext,
  pool: Pool,
  layout: Layout,
  requested: string,
  world: LeaseSurroundings,
): FreeAddress {
  const { network } = context.attachment;
  const parsed = parseAddress(requested);
  if (parsed === undefined) throw invalid(requested, "this is no IP address");
  const range = rangeOf(layout, parsed.family, parsed.number);
  if (range === undefined) {
    throw invalid(requested, `it is outside the ranges of network ${network}, ${describeRanges(layout)}`);
  }
  const reason = layout.ranges[range]!.reserved.get(parsed.number);
  if (reason !== undefined) throw invalid(requested, `it is ${reason} in network ${network}`);
  const address = formatAddress(parsed.family, parsed.number);
  const owner = ownerOf(database, network, pool.store, address);
  if (owner !== undefined) {
    if (!mayTakeOver(database, context, owner, world)) {
      throw new HostCallError(
        "busy",
        `Cannot lease the requested address as ${describeOwner(owner)} holds it: ${address} of network ${network}`,
      );
    }
    context.log("info", `lease of ${address} taken over from ${describeOwner(owner)}, which is gone`);
    removeLease(database, network, pool.store, owner, 0);
  }
  return { range, address: parsed.number };
}

/** A pod that comes back under its name, or a container that is started again, meets its own old lease. */
function mayTakeOver(database: Database, context: HostContext, owner: LeaseOwner, world: LeaseSurroundings): boolean {
  const { containerId, ifname } = context.attachment;
  const liveness = world.livenessOf(database, owner);
  if (owner.containerId === containerId && (owner.ifname === ifname || owner.ifname === "")) {
    return liveness !== "alive";
  }
  const pod = podOf(context);
  return pod.name !== "" && owner.podName === pod.name && owner.podNamespace === pod.namespace && liveness === "dead";
}

/** Makes the attachment the owner of an address, which must have none, and takes it out of every pool that it is in. */
export function placeLease(
  database: Database,
  context: HostContext,
  store: string,
  address: string,
  sequence: number,
  world: Pick<LeaseSurroundings, "now" | "bootId">,
): void {
  const { network, containerId, ifname } = context.attachment;
  const pod = podOf(context);
  database.run(
    `INSERT INTO leases (network, store, address, container_id, ifname, pod_namespace, pod_name, sequence,
      since_ms, boot_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    network,
    store,
    address,
    containerId,
    ifname,
    pod.namespace,
    pod.name,
    sequence,
    world.now(),
    world.bootId(),
  );
  for (const home of poolsWith(database, network, store, address)) {
    take(database, home.id, home.layout, home.range, home.number);
    database.run("UPDATE pools SET held = held + 1 WHERE id = ?", home.id);
  }
}

/** A requested address does not move the round robin. */
function moveCursor(
  database: Database,
  record: PoolRecord,
  domain: string,
  layout: Layout,
  given: FreeAddress | undefined,
): void {
  database.run(
    "UPDATE pools SET domain = ?, cursor_range = ?, cursor = ? WHERE id = ?",
    domain,
    given === undefined ? record.cursorRange : given.range,
    given === undefined ? record.cursor : toSortable(layout.family, given.address),
    record.id,
  );
}

function exists(own: LeaseOwner): HostCallError {
  return new HostCallError(
    "exists",
    `Cannot lease a second address in this pool as ${
      describeOwner(own)
    } has one: ${own.address} of network ${own.network}`,
  );
}

function invalid(requested: string, reason: string): HostCallError {
  return new HostCallError("invalid", `Cannot lease the requested address as ${reason}: ${requested}`);
}
