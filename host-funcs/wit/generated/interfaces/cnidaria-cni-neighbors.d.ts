/// <reference path="./cnidaria-cni-types.d.ts" />
declare module 'cnidaria:cni/neighbors@0.3.0' {
  export function list(ns: Ns, link: string): Array<Neighbor>;
  /**
   * Adds or replaces.
   */
  export function set(ns: Ns, neighbor: Neighbor): void;
  export function remove(ns: Ns, link: string, address: string): void;
  export function fdbList(link: string): Array<FdbEntry>;
  /**
   * Adds or replaces.
   */
  export function fdbSet(entry: FdbEntry): void;
  export function fdbRemove(entry: FdbEntry): void;
  /**
   * Tells the link who has the address: gratuitous ARP, or an unsolicited neighbour advertisement.
   */
  export function announce(ns: Ns, link: string, address: string): void;
  export type Ns = import('cnidaria:cni/types@0.3.0').Ns;
  export type HostError = import('cnidaria:cni/types@0.3.0').HostError;
  export interface Neighbor {
    address: string,
    mac: string,
    link: string,
    permanent: boolean,
  }
  export interface FdbEntry {
    mac: string,
    /**
     * A bridge port or a VXLAN device, in the host's namespace.
     */
    link: string,
    /**
     * Remote address, VXLAN only.
     */
    dst?: string,
  }
}
