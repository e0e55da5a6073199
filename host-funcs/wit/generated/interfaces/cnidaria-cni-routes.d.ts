/// <reference path="./cnidaria-cni-types.d.ts" />
declare module 'cnidaria:cni/routes@0.3.0' {
  /**
   * Routes of one table (254 where there is none), both families.
   */
  export function list(ns: Ns, table: number | undefined): Array<Route>;
  /**
   * `exists` if there is one to that destination with that priority.
   */
  export function add(ns: Ns, route: Route): void;
  export function remove(ns: Ns, route: Route): void;
  /**
   * Routes of every table, both families.
   */
  export function listAll(ns: Ns): Array<Route>;
  export type Ns = import('cnidaria:cni/types@0.3.0').Ns;
  export type HostError = import('cnidaria:cni/types@0.3.0').HostError;
  export interface Route {
    /**
     * CIDR notation; `0.0.0.0/0` or `::/0` for the default route.
     */
    dst: string,
    gateway?: string,
    /**
     * Name of the outgoing link.
     */
    link?: string,
    /**
     * Preferred source address.
     */
    source?: string,
    /**
     * RTA_PRIORITY; lower is better.
     */
    priority?: number,
    /**
     * Bytes.
     */
    mtu?: number,
    /**
     * Bytes.
     */
    advmss?: number,
    /**
     * 254 (main) where there is none.
     */
    table?: number,
    /**
     * 0 universe, 253 link, 254 host; chosen by the gateway where there is none.
     */
    scope?: number,
    /**
     * The gateway is on the link, whatever the addresses say (RTNH_F_ONLINK).
     */
    onlink: boolean,
  }
}
