// A Node of the Kubernetes API, with the annotations that Flannel keeps on it (pkg/subnet/kube of Flannel 0.28). Pure.

import { parseNetwork } from "../../../../host-funcs/ip_number.ts";
import { checkNode, type NodeEntry, type NodeKeys, type RawLease } from "../node_entry.ts";
import type { ClusterNode } from "../store.ts";

const PREFIX = "flannel.alpha.coreos.com/";

/** Annotations. */
export const KEYS = {
  managed: `${PREFIX}kube-subnet-manager`,
  backendType: `${PREFIX}backend-type`,
  ipv4: {
    data: `${PREFIX}backend-data`,
    publicIp: `${PREFIX}public-ip`,
    overwrite: `${PREFIX}public-ip-overwrite`,
  },
  ipv6: {
    data: `${PREFIX}backend-v6-data`,
    publicIp: `${PREFIX}public-ipv6`,
    overwrite: `${PREFIX}public-ipv6-overwrite`,
  },
} as const;

const annotation = (key: string) => `annotation ${key}`;
const leaseKeys = ({ data, publicIp }: { readonly data: string; readonly publicIp: string }) => ({
  subnet: "spec.podCIDRs",
  publicIp: annotation(publicIp),
  backendData: annotation(data),
});
const ENTRY_KEYS: NodeKeys = {
  backendType: annotation(KEYS.backendType),
  ipv4: leaseKeys(KEYS.ipv4),
  ipv6: leaseKeys(KEYS.ipv6),
};

/** As much of a Node as is read here. What is not of its type counts as missing. */
export interface NodeObject {
  readonly name: string;
  readonly resourceVersion: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly ipv4?: string;
  readonly ipv6?: string;
}

/** Reads a Node; undefined for what is none. */
export function readNodeObject(json: unknown): NodeObject | undefined {
  const { metadata, spec } = record(json);
  const { name, resourceVersion, annotations } = record(metadata);
  if (typeof name !== "string" || name === "") return undefined;
  const { podCIDRs, podCIDR } = record(spec);
  const cidrs = (Array.isArray(podCIDRs) && podCIDRs.length > 0 ? podCIDRs : [podCIDR]).filter((it) =>
    typeof it === "string"
  );
  const [ipv4, ipv6] = ([4, 6] as const).map((family) => cidrs.find((it) => parseNetwork(it)?.family === family));
  return {
    name,
    resourceVersion: String(resourceVersion ?? ""),
    annotations: Object.fromEntries(Object.entries(record(annotations)).filter(isText)),
    ...ipv4 !== undefined && { ipv4 },
    ...ipv6 !== undefined && { ipv6 },
  };
}

/** What a Node says of itself as a peer. One that no agent manages yet is pending. */
export function entryOf({ name, annotations, ipv4, ipv6 }: NodeObject): NodeEntry {
  if (annotations[KEYS.managed] !== "true") return { kind: "pending", name };
  const half = (family: "ipv4" | "ipv6", subnet: string | undefined): RawLease | undefined => {
    const publicIp = annotations[KEYS[family].publicIp];
    const data = annotations[KEYS[family].data];
    // A network of one family leaves the other half of its nodes alone.
    if (publicIp === undefined) return undefined;
    return { subnet, publicIp, backendData: data === undefined || data === "null" ? "" : data };
  };
  const [four, six] = [half("ipv4", ipv4), half("ipv6", ipv6)];
  const what = `node ${JSON.stringify(name)}`;
  if (four === undefined && six === undefined) {
    const why = `Cannot use the entry of ${what} as its annotation ${KEYS.ipv4.publicIp} is missing`;
    return { kind: "ignored", name, why };
  }
  return checkNode(
    {
      name,
      backendType: annotations[KEYS.backendType],
      ...four !== undefined && { ipv4: four },
      ...six !== undefined && { ipv6: six },
    },
    ENTRY_KEYS,
    what,
  );
}

/** The annotations that are to be written, so that a Node says what it has; undefined where it does already. */
export function annotationsToWrite(now: NodeObject, node: ClusterNode): Record<string, string> | undefined {
  const wanted: Record<string, string> = { [KEYS.managed]: "true", [KEYS.backendType]: node.backendType };
  for (const family of ["ipv4", "ipv6"] as const) {
    const lease = node[family];
    if (lease === undefined) continue;
    const keys = KEYS[family];
    wanted[keys.data] = lease.backendData || "null";
    // What others see of a node behind NAT is for its administrator to say.
    wanted[keys.publicIp] = now.annotations[keys.overwrite] || lease.publicIp;
  }
  const changed = Object.entries(wanted).filter(([key, value]) => now.annotations[key] !== value);
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}

function isText(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === "string";
}
