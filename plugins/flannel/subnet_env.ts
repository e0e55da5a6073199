// The variables that flanneld writes to /run/flannel/subnet.env.

import { CniError, ErrorCodes, fields, networkOf, validate } from "../sdk/mod.ts";

export interface SubnetEnv {
  /** FLANNEL_NETWORK and FLANNEL_IPV6_NETWORK: the networks of all nodes. */
  readonly networks: readonly string[];
  /** FLANNEL_SUBNET and FLANNEL_IPV6_SUBNET: this node's. flanneld writes its bridge's address; this is the network. */
  readonly subnets: readonly string[];
  /** FLANNEL_MTU, bytes. */
  readonly mtu: number;
  /** FLANNEL_IPMASQ: whether flanneld itself masquerades. */
  readonly ipMasq: boolean;
}

/** @throws {CniError} code 11 if the file is not complete yet, code 7 if a value makes no sense */
export function parseSubnetEnv(variables: readonly (readonly [string, string])[]): SubnetEnv {
  const values = new Map(variables);
  const networks = cidrsOf(values, "FLANNEL_NETWORK", "FLANNEL_IPV6_NETWORK");
  const subnets = cidrsOf(values, "FLANNEL_SUBNET", "FLANNEL_IPV6_SUBNET");
  const missing = [
    ...networks.length === 0 ? ["FLANNEL_NETWORK"] : [],
    ...subnets.length === 0 ? ["FLANNEL_SUBNET"] : [],
    ...["FLANNEL_MTU", "FLANNEL_IPMASQ"].filter((name) => !values.get(name)),
  ];
  if (missing.length > 0) {
    throw new CniError(
      ErrorCodes.tryAgainLater,
      `Cannot use Flannel's subnet file as it lacks ${
        missing.join(", ")
      }: look at the log of flanneld or of cnidaria's agent, whichever serves the overlay here`,
    );
  }
  const mtu = validate(fields.mtu, Number(values.get("FLANNEL_MTU")), "FLANNEL_MTU in Flannel's subnet file");
  return { networks, subnets, mtu, ipMasq: values.get("FLANNEL_IPMASQ") === "true" };
}

/** Each variable may hold several, separated by commas. */
function cidrsOf(values: ReadonlyMap<string, string>, ...names: string[]): string[] {
  return names.flatMap((name) => {
    const parts = (values.get(name) ?? "").split(",").map((part) => part.trim()).filter((part) => part !== "");
    return parts.map((part) => networkOf(validate(fields.cidr, part, `${name} in Flannel's subnet file`)));
  });
}
