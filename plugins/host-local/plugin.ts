// host-local: leases one address from each range set (CNI spec 1.1.0, section 4, "IPAM plugin").

import * as configFiles from "cnidaria:cni/config-files@0.3.0";
import * as leases from "cnidaria:cni/leases@0.3.0";
import type { Attachment, CniResult, ResultIp } from "cnidaria:cni/types@0.3.0";
import { attempt, CniError, definePlugin, emptyDns, ErrorCodes } from "../sdk/mod.ts";
import { type HostLocalConfig, readConfig, requestedAddresses } from "./config.ts";
import { rangeHolds, withPrefix } from "./range.ts";
import { leaseError } from "./lease_error.ts";

export const cni = definePlugin({ add, check, del, gc, status });

function add(at: Attachment, text: string): CniResult {
  const config = readConfig(text);
  const dns = config.resolvConf === ""
    ? emptyDns()
    : attempt(`read ipam.resolvConf ${config.resolvConf}`, () => configFiles.resolvConf());
  const requests = assignRequests(config, requestedAddresses(config, at));
  const ips = config.pools.map((pool, index): ResultIp => {
    const lease = acquire(config, pool, requests[index]);
    const range = pool.ranges[lease.range]!;
    return {
      address: withPrefix(range, lease.address),
      ...range.gateway === undefined ? {} : { gateway: range.gateway },
    };
  });
  return { interfaces: [], ips, routes: [...config.routes], dns };
}

function acquire(config: HostLocalConfig, pool: leases.Pool, requested: string | undefined): leases.Lease {
  try {
    return leases.acquire(pool, requested);
  } catch (error) {
    throw leaseError(error, config.sets[pool.index]!, requested);
  }
}

/** The request for each set, the first that a range of it holds. @throws {CniError} if one is left over */
function assignRequests(config: HostLocalConfig, requested: string[]): (string | undefined)[] {
  const left = [...requested];
  const assigned = config.sets.map((set) => {
    const at = left.findIndex((address) => set.ranges.some((range) => rangeHolds(range, address)));
    return at === -1 ? undefined : left.splice(at, 1)[0];
  });
  if (left.length > 0) {
    const sets = config.sets.map((set) => `${set.key} ${set.ranges.map((r) => `${r.first}-${r.last}`).join(",")}`);
    throw new CniError(
      ErrorCodes.invalidConfig,
      `Cannot lease ${left.join(", ")} as each range set gives one address, and none is left that holds it: ${
        sets.join("; ")
      }`,
    );
  }
  return assigned;
}

function check(at: Attachment, text: string): void {
  const config = readConfig(text);
  const held = leases.held(config.store);
  const expected = (at.prevResult?.ips ?? []).map((ip) => ip.address.split("/")[0]!)
    .filter((address) => config.sets.some((set) => set.ranges.some((range) => rangeHolds(range, address))));
  const missing = expected.filter((address) => !held.includes(address));
  if (held.length === 0 || missing.length > 0) {
    const what = missing.length > 0 ? `no lease of ${missing.join(", ")}` : "no lease";
    throw new CniError(
      ErrorCodes.checkFailed,
      `Cannot confirm ${at.ifname} of container ${at.containerId} as it has ${what} in network ${at.network}: ` +
        `it has ${held.length === 0 ? "none" : held.join(", ")}`,
    );
  }
}

function del(_at: Attachment, text: string): void {
  leases.release(storeOf(text));
}

function gc(_network: string, text: string, valid: leases.AttachmentId[]): void {
  leases.retain(storeOf(text), valid);
}

function status(_network: string, text: string): void {
  const config = readConfig(text);
  for (const pool of config.pools) {
    const usage = leases.usage(pool);
    if (Number(usage.held) >= Number(usage.size)) {
      const set = config.sets[pool.index]!;
      throw new CniError(
        ErrorCodes.notAvailable,
        `Cannot give another address as ${set.key} is exhausted: ${usage.held} of ${usage.size} are held`,
        usage.holders,
      );
    }
  }
}

/** Releasing needs the store alone: it must work with a configuration whose ranges have become invalid. */
function storeOf(text: string): string {
  const dataDir = (JSON.parse(text) as { ipam?: { dataDir?: unknown } }).ipam?.dataDir;
  return typeof dataDir === "string" ? dataDir : "";
}
