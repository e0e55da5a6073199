/// <reference path="./cnidaria-cni-types.d.ts" />
declare module 'cnidaria:cni/traffic-control@0.3.0' {
  /**
   * Limits what passes a link of the container, which must be an end of a veth pair that has its other end on the host:
   * `invalid` if it is not. `exists` if that end has a queueing discipline already.
   */
  export function limit(link: string, limits: Limits): Limited;
  /**
   * What is not as `limit` leaves it: clauses for a person, such as `veth0 (host) lets 8 Mbit/s pass to the container,
   * not 4 Mbit/s`.
   */
  export function differences(link: string, limits: Limits): Array<string>;
  /**
   * How `limit` would limit what comes from a container. Nothing is made; a module may be loaded. `unsupported` where
   * this kernel cannot do it, or lacks tbf.
   */
  export function probe(): Method;
  export type HostError = import('cnidaria:cni/types@0.3.0').HostError;
  /**
   * A token bucket (tc-tbf(8)).
   */
  export interface Bandwidth {
    /**
     * Bits a second, at least 8.
     */
    rate: bigint,
    /**
     * Bits that may pass at once, 8 to 2^35 - 9. Where there is none, the host chooses what 10 ms at the rate are, but
     * no less than ten full frames of the link (with `police` no less than 64 KiB, the largest packet as well).
     */
    burst?: bigint,
  }
  /**
   * By direction; none for no limit.
   */
  export interface Limits {
    toContainer?: Bandwidth,
    fromContainer?: Bandwidth,
  }
  /**
   * How what comes from a container is limited.
   * # Variants
   * 
   * ## `"ifb"`
   * 
   * It is queued on a device of its own (ifb), as what goes to the container is.
   * ## `"police"`
   * 
   * What is too much is dropped at once. For kernels without ifb.
   */
  export type Method = 'ifb' | 'police';
  /**
   * The device through which what comes from the container goes.
   */
  export interface Ifb {
    name: string,
    mac: string,
  }
  export interface Limited {
    /**
     * The host's end of the pair.
     */
    hostEnd: string,
    /**
     * None where nothing from the container is limited, or by `police`.
     */
    ifb?: Ifb,
  }
}
