// What the overlay asks of the kernel. `node_kernel.ts` is the real one; tests have one in memory.

import type { Family, NodePlan, PeerPlan, PresentDevice } from "cnidaria:cni/controller@0.3.0";

/** What this node needs in one family. */
export interface NodeNeeds extends NodePlan {
  /** The network of all pods, CIDR notation. */
  readonly network: string;
  /** Of this node's own pods, CIDR notation. */
  readonly subnet: string;
  /** The link between the nodes. */
  readonly underlay: string;
}

/** The link by which other nodes reach this one, as far as one family goes. */
export interface Underlay {
  readonly link: string;
  /** Bytes. */
  readonly mtu: number;
  readonly publicIp: string;
  /** Networks on that link, CIDR notation. */
  readonly onLink: readonly string[];
}

/** A range whose traffic to elsewhere leaves with the node's address. */
export interface MasqueradedNetwork {
  /** All nodes' pods, CIDR notation. */
  readonly network: string;
  /** This node's pods. */
  readonly subnet: string;
}

/** What was done. */
export interface Applied {
  /** Things made or changed, and removed. */
  readonly made: number;
  readonly removed: number;
  /** What could not be done, by family and peer (`ipv4 node-2`); a sentence each. */
  readonly failed: ReadonlyMap<string, string>;
}

export type KernelEvent =
  /** Something that the overlay wants was taken or changed by someone else, or notifications were lost. */
  | "damaged"
  /** The link to the others, or its addresses, are not what they were. */
  | "underlay";

export interface Kernel {
  /** @throws {Error} a sentence that says what is missing */
  underlay(family: Family): Underlay;
  devices(): PresentDevice[];
  /** Undefined: the family has gone. Peers may have to be set again, all of them. @throws {Error} a sentence */
  setNode(family: Family, needs: NodeNeeds | undefined): Applied;
  /** Plans of some peers; undefined for one that has gone. */
  setPeers(family: Family, plans: ReadonlyMap<string, PeerPlan | undefined>): Applied;
  /** Plans of all peers that there are: from now on, what nobody needs is removed. */
  setAllPeers(family: Family, plans: ReadonlyMap<string, PeerPlan>): Applied;
  /** Writes rules only where they are not there yet; undefined: none. @throws {Error} a sentence */
  masquerade(family: Family, wanted: MasqueradedNetwork | undefined): void;
  /** Compares all that is wanted with all that is there, and makes it right. @throws {Error} a sentence */
  repair(): Applied;
  /** Ends by `signal`. */
  watch(signal: AbortSignal): AsyncIterable<KernelEvent>;
}
