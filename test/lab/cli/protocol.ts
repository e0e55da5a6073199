// What the process that holds a lab answers to `deno task lab`: JSON over HTTP on a socket file.

export const DAEMONS = ["cnidaria", "flanneld"] as const;
export const BACKENDS = ["vxlan", "host-gw"] as const;

/** What `lab up` makes. */
export interface LabPlan {
  readonly nodes: number;
  readonly backend: typeof BACKENDS[number];
  readonly daemon: typeof DAEMONS[number];
}

/** GET /status */
export interface LabStatus extends LabPlan {
  readonly places: readonly NodeStatus[];
}

export interface NodeStatus {
  readonly name: string;
  /** Of eth0. */
  readonly addresses: readonly string[];
  /** Its pods' subnets, CIDR notation with the gateway's address. */
  readonly subnets: readonly string[];
  /** What `lab break` has broken: `node-1`, `node-1:store`. */
  readonly broken: readonly string[];
  /** Paths of network namespaces, in the mount namespace of the lab. */
  readonly namespace: string;
  readonly pod: { readonly name: string; readonly addresses: readonly string[]; readonly namespace: string };
}

/** One of POST /ping. */
export interface Ping {
  readonly from: string;
  readonly to: string;
  readonly address: string;
  /** Milliseconds until the reply; missing where there was none. */
  readonly ms?: number;
}

/** Any other answer than 200. */
export interface Refusal {
  readonly why: string;
}
