// This node's lease: taken, kept, made to last. Whoever has a lease is known by the address that its value names.

import { pause } from "../../patience.ts";
import type { NetworkConfig } from "../../network_config.ts";
import { chooseSubnet, fits, overlap } from "../allocate.ts";
import { type ClusterNode, type LeaseRequest, type OwnLease, StoreError } from "../store.ts";
import { bareValue, holderOf, LEASE_SECONDS, leaseName, leaseValue, type Subnets, subnetsOf } from "./layout.ts";
import type { LeaseKey, LeaseKeys } from "./lease_keys.ts";

/** How often another node may be faster before that is an error. */
const RACES = 300;
/** Milliseconds, at most, between two of these. */
const RACE_MS = 50;

export class OwnLeases {
  /** Of each lease that this process took: the address it was taken for, and its last revision. */
  readonly #held = new Map<string, { readonly publicIp: string | undefined; readonly revision: string }>();
  /** Etcd leases that this process made: those it may end. */
  readonly #granted = new Set<string>();

  /** @param seconds for which a lease is granted */
  constructor(private readonly keys: LeaseKeys, private readonly seconds = LEASE_SECONDS) {}

  async acquire(request: LeaseRequest, network: NetworkConfig, signal: AbortSignal): Promise<OwnLease> {
    const { ipv4, ipv6 } = network;
    if (ipv4 === undefined || request.publicIp === undefined) {
      throw new StoreError(
        "invalid",
        'Cannot take a subnet in etcd for a network of IPv6 alone as Flannel has no key for it; set "EnableIPv4" to true, or use the Kubernetes API as the store',
      );
    }
    for (let race = 0; race < RACES; race++) {
      const list = await this.keys.list(signal);
      const mine = list.keys.find(({ value }) => holderOf(value) === request.publicIp);
      const subnets = mine && subnetsOf(mine.name);
      if (mine !== undefined && subnets !== undefined && isOf(network, subnets)) {
        const kept = await this.#write(mine, mine.value, request.publicIp, true, signal);
        if (kept !== undefined) return { name: mine.name, ...subnets, ...kept };
      } else {
        // Where none is free, it keeps what it has.
        const wanted = choose(request, network, list.keys.filter((key) => key !== mine));
        if (mine !== undefined) await this.keys.remove(mine, signal);
        const taken = await this.#create(
          wanted,
          bareValue(request.publicIp, request.publicIpv6),
          list.revision,
          signal,
        );
        if (taken !== undefined) {
          this.#held.set(leaseName(wanted), { publicIp: request.publicIp, revision: taken.revision });
          return { name: leaseName(wanted), ...wanted, expiresAt: taken.expiresAt };
        }
      }
      await pause(Math.random() * RACE_MS, signal);
    }
    throw new StoreError(
      "conflict",
      `Cannot take a subnet of ${ipv4.network}${
        ipv6 ? ` and ${ipv6.network}` : ""
      } as other nodes were faster ${RACES} times`,
    );
  }

  /**
   * Writes what the node has.
   *
   * @param renew whether the lease is to last longer as well
   * @throws {StoreError} `lost`
   */
  async write(own: OwnLease, node: ClusterNode, renew: boolean, signal: AbortSignal): Promise<OwnLease> {
    const value = leaseValue(node);
    const publicIp = node.ipv4?.publicIp;
    for (let race = 0; race < RACES; race++) {
      const now = await this.keys.get(own.name, signal);
      if (now === undefined) {
        // It has ended: while etcd was out of reach, say.
        const again = await this.#again(own, value, signal);
        if (again === undefined) {
          await pause(Math.random() * RACE_MS, signal);
          continue;
        }
        this.#held.set(own.name, { publicIp, revision: again.revision });
        return { ...own, expiresAt: again.expiresAt };
      }
      if (!this.#isOurs(now, publicIp)) throw lost(own.name, holderOf(now.value) ?? "somebody");
      if (now.value === value && !renew) {
        this.#held.set(own.name, { publicIp, revision: now.revision });
        return own;
      }
      const kept = await this.#write(now, value, publicIp, renew, signal);
      if (kept !== undefined) return { ...own, ...kept };
      await pause(Math.random() * RACE_MS, signal);
    }
    throw new StoreError("conflict", `Cannot write lease ${own.name} as somebody else writes it again and again`);
  }

  /** Makes a lease that has ended once more, if nobody has a part of it. */
  async #again({ name, ipv4, ipv6 }: OwnLease, value: string, signal: AbortSignal) {
    const wanted: Subnets = { ipv4: ipv4!, ...ipv6 !== undefined && { ipv6 } };
    const { keys, revision } = await this.keys.list(signal);
    const other = keys.find((key) => key.name !== name && meet(wanted, subnetsOf(key.name)));
    if (other !== undefined) throw lost(name, holderOf(other.value) ?? other.name);
    return await this.#create(wanted, value, revision, signal);
  }

  /** @returns when it ends, if it does; undefined where somebody was faster */
  async #write(
    key: LeaseKey,
    value: string,
    publicIp: string | undefined,
    renew: boolean,
    signal: AbortSignal,
  ): Promise<{ expiresAt?: number } | undefined> {
    const isReservation = key.leaseId === "0";
    const lease = renew && !isReservation ? await this.keys.grant(this.seconds, signal) : undefined;
    const revision = await this.keys.replace(key, value, lease?.id ?? key.leaseId, signal);
    if (revision === undefined) {
      if (lease !== undefined) await this.keys.revoke(lease.id);
      return undefined;
    }
    this.#held.set(key.name, { publicIp, revision });
    if (lease === undefined) return {};
    this.#granted.add(lease.id);
    if (this.#granted.delete(key.leaseId)) await this.keys.revoke(key.leaseId);
    return { expiresAt: lease.expiresAt };
  }

  /** @param since the store's revision when nobody had the subnets */
  async #create(wanted: Subnets, value: string, since: bigint, signal: AbortSignal) {
    const name = leaseName(wanted);
    const lease = await this.keys.grant(this.seconds, signal);
    // Two leases of two subnets each may have one in common, though their keys differ.
    const guard = wanted.ipv6 === undefined ? undefined : since;
    const made = await this.keys.create(name, value, lease.id, guard, signal);
    if (made === undefined) {
      await this.keys.revoke(lease.id);
      return undefined;
    }
    this.#granted.add(lease.id);
    return { revision: made, expiresAt: lease.expiresAt };
  }

  #isOurs({ name, revision, value }: LeaseKey, publicIp: string | undefined): boolean {
    const held = this.#held.get(name);
    const holder = holderOf(value);
    return held?.revision === revision || (holder !== undefined && (holder === publicIp || holder === held?.publicIp));
  }
}

function isOf({ ipv4, ipv6 }: NetworkConfig, subnets: Subnets): boolean {
  const six = subnets.ipv6;
  return fits(ipv4!, subnets.ipv4) && (ipv6 === undefined ? six === undefined : six !== undefined && fits(ipv6, six));
}

function meet(one: Subnets, other: Subnets | undefined): boolean {
  if (other === undefined) return false;
  const six = one.ipv6 !== undefined && other.ipv6 !== undefined && overlap(one.ipv6, other.ipv6);
  return six || overlap(one.ipv4, other.ipv4);
}

/** The subnets to ask for: those the node had before, where nobody has them now. */
function choose({ earlier }: LeaseRequest, { ipv4, ipv6 }: NetworkConfig, keys: readonly LeaseKey[]): Subnets {
  const others = keys.map(({ name }) => subnetsOf(name));
  const pick = (family: "ipv4" | "ipv6") => {
    const range = family === "ipv4" ? ipv4! : ipv6!;
    const used = others.flatMap((other) => other?.[family] ?? []);
    const before = earlier.find((subnet) => fits(range, subnet) && !used.some((other) => overlap(other, subnet)));
    const subnet = before ?? chooseSubnet(range, used);
    if (subnet !== undefined) return subnet;
    throw new StoreError("exhausted", `Cannot take a subnet of ${range.network} as none is free in etcd`);
  };
  return { ipv4: pick("ipv4"), ...ipv6 !== undefined && { ipv6: pick("ipv6") } };
}

function lost(name: string, holder: string): StoreError {
  return new StoreError("lost", `Cannot keep lease ${name} as the node with address ${holder} has it by now`);
}
