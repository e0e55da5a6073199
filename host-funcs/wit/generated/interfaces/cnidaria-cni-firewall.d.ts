/// <reference path="./cnidaria-cni-types.d.ts" />
declare module 'cnidaria:cni/firewall@0.3.0' {
  /**
   * Traffic from `source` to anywhere outside `local` leaves with the node's address. Replaces what the attachment had
   * for that source.
   */
  export function addMasquerade(rule: Masquerade): void;
  /**
   * What this attachment has.
   */
  export function listMasquerades(): Array<Masquerade>;
  /**
   * Only frames with this source MAC may come in by the link (macspoofchk).
   */
  export function addMacCheck(link: string, mac: string): void;
  /**
   * Whether a frame with another source MAC would be dropped.
   */
  export function hasMacCheck(link: string, mac: string): boolean;
  /**
   * Tries, without making anything, whether rules can be made: `unsupported` where the kernel or its library cannot.
   */
  export function probe(): void;
  /**
   * Removes everything this attachment has.
   */
  export function release(): void;
  export type HostError = import('cnidaria:cni/types@0.3.0').HostError;
  export interface Masquerade {
    /**
     * Address of the pod, without prefix length.
     */
    source: string,
    /**
     * Traffic to these destinations keeps its source (CIDR notation, the family of `source`). Multicast always does.
     */
    local: Array<string>,
  }
}
