// Every mutation of the kernel or of a store is written down as a value before it is made. The value says how to take
// it back (`undo.ts`), and what is there afterwards: so that it can be compared and made again (`drift.ts`). It is plain
// JSON, since journals and the ledger outlive the process. Those of earlier versions lack what is optional here.

import type { Ns } from "cnidaria:cni/types@0.3.0";

/** A mutation that a host function is about to make, with what is needed to undo it. Indexes are interface indexes. */
export type Change =
  /**
   * A link that did not exist. A bridge is only removed if no port is left in it, and if it has the MAC that it was to
   * be given: another process may have made one of that name at the same moment. `mtu` (of both ends of a veth pair),
   * `master` and the MAC of the other end are there where they were asked for.
   */
  | {
    kind: "link-created";
    ns: Ns;
    name: string;
    linkKind: string;
    /** The name that it had until it was given its own; it still has it if the call ended in between. */
    madeAs?: string;
    mac?: string;
    mtu?: number;
    master?: string;
    /** The other end of a veth pair. */
    peer?: { ns: Ns; name: string; mac?: string };
    /** Of a bridge. */
    vlanFiltering?: boolean;
    defaultVlan?: boolean;
  }
  /**
   * A link of the host that was moved into the container. `before`: its attributes and state on the host; `index` and
   * `alias` are those of there.
   */
  | {
    kind: "link-moved";
    name: string;
    containerName: string;
    linkKind: string;
    index: number;
    alias?: string;
    before: LinkAttributes;
  }
  /** Attributes of a link, as they were and as they are. */
  | { kind: "link-changed"; ns: Ns; name: string; before: LinkAttributes; after?: LinkAttributes }
  /** A deleted link cannot be brought back; it is written down for the trace. */
  | { kind: "link-deleted"; ns: Ns; name: string }
  | { kind: "vlans-added"; name: string; vlans: VlanRange[] }
  | { kind: "vlans-removed"; name: string; vlans: VlanRange[] }
  | { kind: "address-added"; ns: Ns; link: string; cidr: string }
  | { kind: "address-removed"; ns: Ns; link: string; cidr: string }
  | { kind: "route-added"; ns: Ns; route: RouteValue }
  | { kind: "route-removed"; ns: Ns; route: RouteValue }
  | { kind: "rule-added"; ns: Ns; rule: RuleValue }
  | { kind: "rule-removed"; ns: Ns; rule: RuleValue }
  | {
    kind: "neighbor-set";
    ns: Ns;
    link: string;
    address: string;
    before?: { mac: string; permanent: boolean };
    mac?: string;
    permanent?: boolean;
  }
  | { kind: "neighbor-removed"; ns: Ns; link: string; address: string; mac: string; permanent: boolean }
  | { kind: "fdb-set"; link: string; mac: string; dst?: string }
  | { kind: "fdb-removed"; link: string; mac: string; dst?: string }
  /** The value as it was, and as it is; without `value` it is put back by the same call. */
  | { kind: "sysctl-set"; ns: Ns; key: string; before: string; value?: string }
  /** A lease; the sequence number keeps the undo from freeing a later owner's lease of the same address. */
  | { kind: "lease-acquired"; store: string; address: string; sequence: number }
  | { kind: "lease-released"; store: string; addresses: string[] }
  /** `before`: the local networks that the attachment had for that source. */
  | { kind: "masquerade-added"; source: string; local: string[]; before?: string[] }
  /** `before`: the MAC that the attachment had for that link. */
  | { kind: "mac-check-added"; link: string; mac: string; before?: string }
  /**
   * An address that a container is about to get; `closed`: nothing is forwarded to or from it until whoever applies
   * network policies has taken it over. `pod`: `<namespace>/<name>`, or empty.
   */
  | { kind: "isolation-added"; address: string; pod: string; closed: boolean }
  /**
   * What may pass the host's end of a container's link: bytes a second, and bytes at once. `ifb`: the device on which
   * what comes from the container is queued; without one it is policed.
   */
  | {
    kind: "limit-added";
    link: string;
    direction: "to-container" | "from-container";
    rate: number;
    burst: number;
    ifb?: string;
  }
  | { kind: "firewall-released" }
  /**
   * Ports of the node that lead to the pod. `hairpin`: whose connections are masqueraded on their way. `localnet`: the
   * link to the pod whose `route_localnet` was set for it, and what that was. `reflected`: ports of bridges that were set
   * to hairpin mode for it.
   */
  | {
    kind: "port-maps-added";
    maps: PortMapValue[];
    hairpin?: { networks: string[]; markBit: number };
    localnet?: { link: string; before: string };
    reflected?: string[];
  }
  | { kind: "port-maps-released" }
  /**
   * What is forwarded to and from a pod (`key` its address, `value` the administrator's chain), a link (`value` an ingress
   * of the contract) or a bridge's port (`value` empty). `before`: the value that the attachment had for that key.
   */
  | {
    kind: "forwarding-set";
    element: "forwarded-pod" | "confined-link" | "isolated-port";
    key: string;
    value: string;
    before?: string;
  }
  | { kind: "forwarding-released" }
  | { kind: "note-put"; key: string; before?: string };

/** `port-map` of the contract, as plain JSON. */
export type PortMapValue = {
  protocol: "tcp" | "udp" | "sctp";
  hostAddress?: string;
  hostPort: number;
  address: string;
  containerPort: number;
};

/** `master`: empty for none. `hairpin` and `isolated` are of a bridge's port. `queueLength`: packets. */
export type LinkAttributes = {
  up?: boolean;
  mtu?: number;
  mac?: string;
  master?: string;
  promisc?: boolean;
  allmulti?: boolean;
  queueLength?: number;
  hairpin?: boolean;
  isolated?: boolean;
  vlanFiltering?: boolean;
};

export type VlanRange = { first: number; last: number; pvid: boolean; untagged: boolean };

/** `rule` of the contract, as plain JSON, of those that can be made: networks are canonical. */
export type RuleValue = {
  family: "ipv4" | "ipv6";
  source?: string;
  destination?: string;
  incoming?: string;
  mark?: { value: number; mask: number };
  priority?: number;
  table: number;
};

/** `route` of the contract, as plain JSON. */
export type RouteValue = {
  dst: string;
  gateway?: string;
  link?: string;
  source?: string;
  priority?: number;
  mtu?: number;
  advmss?: number;
  table?: number;
  scope?: number;
  onlink: boolean;
};
