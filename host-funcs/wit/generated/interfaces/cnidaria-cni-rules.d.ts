/// <reference path="./cnidaria-cni-types.d.ts" />
declare module 'cnidaria:cni/rules@0.3.0' {
  /**
   * Rules that lead to a table, both families, in the order in which the kernel asks them. A kernel without IPv6 has
   * none of it.
   */
  export function list(ns: Ns): Array<Rule>;
  /**
   * `exists` if there is one that asks for the same and leads to the same table: with that priority where the rule
   * names one, with any where it does not.
   */
  export function add(ns: Ns, rule: Rule): void;
  /**
   * The rule that asks for just that and leads to that table, with any priority where the rule names none.
   */
  export function remove(ns: Ns, rule: Rule): void;
  export type Ns = import('cnidaria:cni/types@0.3.0').Ns;
  export type HostError = import('cnidaria:cni/types@0.3.0').HostError;
  /**
   * # Variants
   * 
   * ## `"ipv4"`
   * 
   * ## `"ipv6"`
   */
  export type Family = 'ipv4' | 'ipv6';
  /**
   * Of a packet's mark (SO_MARK, or nftables' `meta mark`).
   */
  export interface Mark {
    value: number,
    /**
     * Bits that are compared.
     */
    mask: number,
  }
  export interface Rule {
    family: Family,
    /**
     * Packets from there, CIDR notation; from anywhere where there is none.
     */
    source?: string,
    /**
     * Packets to there, CIDR notation; to anywhere where there is none.
     */
    destination?: string,
    /**
     * Name of the link by which they came in; `lo` for what the namespace itself sends.
     */
    incoming?: string,
    mark?: Mark,
    /**
     * FRA_PRIORITY; lower is asked earlier. Where there is none the kernel takes one below that of all rules but
     * the first, which is table 255 (local).
     */
    priority?: number,
    /**
     * Number of the table.
     */
    table: number,
    /**
     * The rule asks for more than is said here (a user, a port, a type of service, another link, or the opposite).
     * Only rules of others do: it is listed, and can be neither added nor removed.
     */
    more: boolean,
  }
}
