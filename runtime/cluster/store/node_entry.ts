// What other nodes have written, checked: whatever it is, it becomes a node or a sentence that says why not.

import * as v from "valibot";
import {
  type Family,
  formatAddress,
  formatNetwork,
  parseAddress,
  parseNetwork,
} from "../../../host-funcs/ip_number.ts";
import type { ClusterNode, FamilyLease } from "./store.ts";

/** An entry of a store, after a look at it. */
export type NodeEntry =
  | { readonly kind: "node"; readonly node: ClusterNode }
  /** It has a subnet, and has not said yet how it is reached. */
  | { readonly kind: "pending"; readonly name: string }
  | { readonly kind: "ignored"; readonly name: string; readonly why: string };

/** Bytes of what a backend publishes that are read; Flannel's are below 200. */
const BACKEND_DATA_LIMIT = 16 * 1024;

/** The same limits as a network's own: nobody has `0.0.0.0/0`. */
const LONGEST = { 4: 30, 6: 126 } as const;
const SHORTEST = 8;

const subnet = (family: Family) =>
  v.pipe(
    v.string(),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const network = parseNetwork(dataset.value);
      if (network?.family !== family || network.prefix < SHORTEST || network.prefix > LONGEST[family]) {
        addIssue({ message: `expected a subnet of IPv${family} in CIDR notation` });
        return NEVER;
      }
      return formatNetwork(network);
    }),
  );

const publicAddress = (family: Family) =>
  v.pipe(
    v.string(),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const address = parseAddress(dataset.value);
      if (address?.family !== family) {
        addIssue({ message: `expected an address of IPv${family}` });
        return NEVER;
      }
      return formatAddress(family, address.number);
    }),
  );

const backendData = v.pipe(
  v.string(),
  v.maxLength(BACKEND_DATA_LIMIT),
  v.check((text) => text === "" || isJson(text), "expected JSON"),
);

const lease = (family: Family) => v.object({ subnet: subnet(family), publicIp: publicAddress(family), backendData });

const LEASES = { 4: lease(4), 6: lease(6) } as const;

/** What one family of an entry says, unchecked. */
export interface RawLease {
  readonly subnet: unknown;
  readonly publicIp: unknown;
  /** JSON text, or nothing. */
  readonly backendData: unknown;
}

/** What the store calls the three values, for sentences: `PublicIP`, an annotation's key. */
export type LeaseKeys = Readonly<Record<keyof RawLease, string>>;

export interface RawNode {
  readonly name: string;
  readonly backendType: unknown;
  readonly ipv4?: RawLease;
  readonly ipv6?: RawLease;
}

export interface NodeKeys {
  readonly backendType: string;
  readonly ipv4: LeaseKeys;
  readonly ipv6: LeaseKeys;
}

const BACKEND_TYPE = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,63}$/i, "expected a name such as vxlan"));

/**
 * Checks an entry.
 *
 * @param keys what the store calls the values
 * @param what the entry, for the sentence: `node "n1"`
 */
export function checkNode(raw: RawNode, keys: NodeKeys, what: string): NodeEntry {
  const { name } = raw;
  const ignored = (key: string, why: string): NodeEntry => ({
    kind: "ignored",
    name,
    why: `Cannot use the entry of ${what} as its ${key} is invalid: ${why}`,
  });
  const type = v.safeParse(BACKEND_TYPE, raw.backendType);
  if (!type.success) return ignored(keys.backendType, type.issues[0].message);
  const leases: { ipv4?: FamilyLease; ipv6?: FamilyLease } = {};
  for (const [key, family] of [["ipv4", 4], ["ipv6", 6]] as const) {
    const half = raw[key];
    if (half === undefined) continue;
    const checked = v.safeParse(LEASES[family], { ...half, backendData: half.backendData ?? "" });
    if (!checked.success) {
      const [issue] = checked.issues;
      return ignored(keys[key][v.getDotPath(issue) as keyof LeaseKeys], issue.message);
    }
    leases[key] = checked.output;
  }
  if (leases.ipv4 === undefined && leases.ipv6 === undefined) {
    return ignored(keys.ipv4.subnet, "expected a subnet, and there is none");
  }
  return { kind: "node", node: { name, backendType: type.output, ...leases } };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
