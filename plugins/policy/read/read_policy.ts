// Reading a policy of either kind: its text in, what it says out, or everything that is wrong with it.

import type { FieldError, PolicyObject } from "cnidaria:cni/policy@0.3.0";
import type { ParsedPolicy } from "../parsed_policy.ts";
import { readClusterNetworkPolicy } from "./cluster_network_policy.ts";
import { readJson } from "./json.ts";
import { readNetworkPolicy } from "./network_policy.ts";
import { Place } from "./place.ts";

/** Never throws, whatever the text is. There are at most 21 errors, of which the last says that there are more. */
export function readPolicy({ name, spec }: PolicyObject): ParsedPolicy | FieldError[] {
  const errors: FieldError[] = [];
  const at = Place.root("spec", errors);
  const value = readJson(spec, at);
  if (errors.length > 0) return errors;
  const read = name.kind === "network-policy" ? readNetworkPolicy : readClusterNetworkPolicy;
  const policy = read(name, value, at);
  return policy === undefined || errors.length > 0 ? errors : policy;
}
