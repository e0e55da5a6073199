/// <reference path="./cnidaria-cni-types.d.ts" />
declare module 'cnidaria:cni/addresses@0.3.0' {
  /**
   * Addresses of the link, those of scope link (fe80::/10) included.
   */
  export function list(ns: Ns, link: string): Array<string>;
  /**
   * `exists` if the link has that address.
   */
  export function add(ns: Ns, link: string, address: Address): void;
  export function remove(ns: Ns, link: string, cidr: string): void;
  /**
   * Waits until no address of the link is tentative; `io` if one is a duplicate. Milliseconds, at most 30,000.
   */
  export function settle(ns: Ns, link: string, timeoutMs: number): void;
  export type Ns = import('cnidaria:cni/types@0.3.0').Ns;
  export type HostError = import('cnidaria:cni/types@0.3.0').HostError;
  export interface Address {
    /**
     * CIDR notation.
     */
    cidr: string,
    /**
     * Duplicate address detection, IPv6 only. Without it the address can be used at once.
     */
    dad: boolean,
  }
}
