/// <reference path="./cnidaria-cni-types.d.ts" />
declare module 'cnidaria:cni/sysctl@0.3.0' {
  /**
   * `key` with slashes: `net/ipv4/ip_forward`, `net/ipv6/conf/eth0/accept_dad`.
   */
  export function get(ns: Ns, key: string): string;
  export function set(ns: Ns, key: string, value: string): void;
  /**
   * Sets several in their order: all, or, where one is refused, none. What has its value already is not written.
   */
  export function setAll(ns: Ns, parameters: Array<Parameter>): void;
  export type Ns = import('cnidaria:cni/types@0.3.0').Ns;
  export type HostError = import('cnidaria:cni/types@0.3.0').HostError;
  export interface Parameter {
    /**
     * As of `get`.
     */
    key: string,
    value: string,
  }
}
