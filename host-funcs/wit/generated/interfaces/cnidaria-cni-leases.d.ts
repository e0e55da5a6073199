/// <reference path="./cnidaria-cni-types.d.ts" />
declare module 'cnidaria:cni/leases@0.3.0' {
  /**
   * Leases one address for this attachment: `requested`, or the next free one after the last given (the longest
   * released last). `exhausted` if none is free, `busy` if `requested` is held by another attachment, `exists` if this
   * attachment has a lease in this pool, `invalid` if `requested` cannot be given.
   */
  export function acquire(pool: Pool, requested: string | undefined): Lease;
  /**
   * The leases of this attachment.
   */
  export function held(store: string): Array<string>;
  /**
   * Releases the leases of this attachment, and answers how many.
   */
  export function release(store: string): number;
  /**
   * Releases the leases of this network that belong to none of `valid`, to no attachment that the host knows of, and
   * to no ADD under way. Answers how many.
   */
  export function retain(store: string, valid: Array<AttachmentId>): number;
  export function usage(pool: Pool): PoolUsage;
  export type HostError = import('cnidaria:cni/types@0.3.0').HostError;
  export type AttachmentId = import('cnidaria:cni/types@0.3.0').AttachmentId;
  export interface Range {
    /**
     * CIDR notation, in its canonical form.
     */
    subnet: string,
    /**
     * First and last address that may be given, both inside the subnet.
     */
    first: string,
    last: string,
    /**
     * Never given.
     */
    gateway?: string,
  }
  /**
   * The addresses of one family and purpose; ranges are used in their order.
   */
  export interface Pool {
    /**
     * Position among the pools of this configuration: an attachment has at most one lease in each.
     */
    index: number,
    ranges: Array<Range>,
    /**
     * Where the pool's leases are apart from those of the same network elsewhere (host-local's dataDir); empty: the default.
     */
    store: string,
    /**
     * What two networks must not share if their subnets overlap: the bridge's name, or the plugin's type. Empty: no check.
     */
    domain: string,
    /**
     * Seconds for which a released address is not given again, unless it is requested.
     */
    cooldown: number,
  }
  export interface Lease {
    /**
     * Without prefix length.
     */
    address: string,
    /**
     * Which range of the pool it is from.
     */
    range: number,
  }
  export interface PoolUsage {
    /**
     * Addresses that can be given, at most 2^53.
     */
    size: bigint,
    /**
     * Without leases of before the node's last boot whose attachment is gone: an acquire takes them where it must.
     */
    held: bigint,
    /**
     * A sentence for a person: who holds how many.
     */
    holders: string,
  }
}
