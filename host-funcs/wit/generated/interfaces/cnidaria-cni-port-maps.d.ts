/// <reference path="./cnidaria-cni-types.d.ts" />
declare module 'cnidaria:cni/port-maps@0.3.0' {
  /**
   * All of them, or none: `exists` if another attachment has one of the ports. UDP connections that conntrack knows of a
   * port, or of the pod's address, from before are forgotten.
   */
  export function add(maps: Array<PortMap>, hairpin: Hairpin | undefined): void;
  /**
   * What this attachment has, and the kernel holds.
   */
  export function list(): Array<PortMap>;
  /**
   * Tries, without making anything, whether ports can be mapped: `unsupported` where the kernel or its library cannot.
   */
  export function probe(): void;
  /**
   * Removes everything this attachment has.
   */
  export function release(): void;
  export type HostError = import('cnidaria:cni/types@0.3.0').HostError;
  /**
   * # Variants
   * 
   * ## `"tcp"`
   * 
   * ## `"udp"`
   * 
   * ## `"sctp"`
   */
  export type Protocol = 'tcp' | 'udp' | 'sctp';
  export interface PortMap {
    protocol: Protocol,
    /**
     * The node's address that is meant, without prefix length; any of the family of `address` where there is none, or
     * `0.0.0.0` or `::`. A map of one address goes before one of any.
     */
    hostAddress?: string,
    /**
     * 1 to 65535.
     */
    hostPort: number,
    /**
     * Address of the pod, without prefix length.
     */
    address: string,
    /**
     * 1 to 65535.
     */
    containerPort: number,
  }
  /**
   * Whose connections get an address of the node as their source on their way to the pod, as the pod's answers would miss
   * the node else: the pod itself, others of its network, and the node's own from 127.0.0.1.
   */
  export interface Hairpin {
    /**
     * Networks of sources, of both families (CIDR notation). Where they hold 127.0.0.1 the link to the pod gets
     * `route_localnet`, and what comes in by it from or to 127.0.0.0/8 is dropped. Where they hold the pod's address, and
     * its link is a port of a bridge, that sends to the pod what came from it (hairpin mode).
     */
    networks: Array<string>,
    /**
     * Bit of the packet mark (0 to 31) that their first packet has from the translation of its destination to that of its
     * source.
     */
    markBit: number,
  }
}
