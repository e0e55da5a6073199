/// <reference path="./cnidaria-cni-types.d.ts" />
declare module 'cnidaria:cni/forwarding@0.3.0' {
  /**
   * Has what is forwarded to or from the pod pass the administrator's chain. Replaces what the attachment had for the
   * address.
   */
  export function admit(pod: Pod): void;
  /**
   * Drops what the node would forward between the link and others that are confined. Replaces what the attachment had
   * for the link.
   */
  export function confine(confinement: Confinement): void;
  /**
   * Drops what a bridge would forward from or to this port of its.
   */
  export function isolatePort(port: string): void;
  /**
   * What this attachment has and the kernel does.
   */
  export function inForce(): State;
  /**
   * Whether any attachment of the node has something here.
   */
  export function inUse(): boolean;
  /**
   * Chains of others, in the forward hook, that may drop what is let through here. Reads all chains of the node: some
   * milliseconds for each thousand.
   */
  export function blockers(): Array<Blocker>;
  /**
   * Tries, without making anything, whether rules can be made: `unsupported` where the kernel or its library cannot.
   * `ports`: also those that isolate ports.
   */
  export function probe(ports: boolean): void;
  /**
   * Removes everything that this attachment has here. An administrator's chain stays as long as it has rules.
   */
  export function release(): void;
  export type HostError = import('cnidaria:cni/types@0.3.0').HostError;
  export interface Pod {
    /**
     * Address of the pod, without prefix length.
     */
    address: string,
    /**
     * What is forwarded to or from the pod passes this chain, which is an administrator's: made where there is none,
     * and never changed. Letters, digits, `_` and `-`, at most 28; the kernel has it as `admin-` and the name. `admin`
     * where there is none.
     */
    adminChain?: string,
  }
  /**
   * What is not forwarded to a bridge's pods.
   * # Variants
   * 
   * ## `"same-bridge"`
   * 
   * What comes from another such bridge.
   * ## `"isolated"`
   * 
   * That, and what comes from the same bridge.
   */
  export type Ingress = 'same-bridge' | 'isolated';
  export interface Confinement {
    /**
     * Name of the link that the node forwards to and from: a bridge, or the host's end of a veth pair.
     */
    link: string,
    /**
     * The strictest that any attachment has asked for.
     */
    ingress: Ingress,
  }
  /**
   * What there is for an attachment.
   */
  export interface State {
    pods: Array<Pod>,
    links: Array<Confinement>,
    /**
     * Names.
     */
    ports: Array<string>,
  }
  /**
   * A chain of someone else's that drops what it does not accept.
   */
  export interface Blocker {
    /**
     * `inet`, `ip`, `ip6` or `bridge`.
     */
    family: string,
    table: string,
    chain: string,
    /**
     * `its policy is drop`, `its last rule rejects`.
     */
    reason: string,
  }
}
