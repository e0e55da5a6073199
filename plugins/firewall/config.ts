// The configuration of firewall: its keys are those of the upstream plugin.

import {
  choice,
  fields,
  invalidConfig,
  optional,
  options,
  type OptionsOf,
  parseConfig,
  withDefault,
} from "../sdk/mod.ts";

export const schema = options({
  ingressPolicy: withDefault(
    choice("open", "same-bridge", "isolated"),
    "open",
    "`same-bridge`: nothing reaches the pods from another bridge with such a policy. `isolated`: nor from their own.",
  ),
  iptablesAdminChainName: optional(
    fields.text,
    "NAME has the pods pass the administrator's chain `admin-NAME` instead of `admin`.",
  ),
  backend: optional(
    choice("", "nftables", "iptables", "firewalld"),
    "`nftables` serves in any case; `iptables` and `firewalld` are accepted, with a line in the log.",
  ),
  firewalldZone: optional(fields.text, "Has no effect, and a line in the log says so: firewalld is not talked to."),
});

export type FirewallConfig = OptionsOf<typeof schema>;

/** @throws {CniError} code 6 or 7, naming the key */
export function readConfig(text: string): FirewallConfig {
  const config = parseConfig(schema, text);
  const { iptablesAdminChainName: name = "" } = config;
  // iptables has 28 characters for a name. Others than these nftables would need quotes for, if it took them.
  if (!/^[A-Za-z0-9_-]{0,28}$/.test(name)) {
    throw invalidConfig(
      `iptablesAdminChainName must be 1 to 28 letters, digits, dashes and underscores, but is ${JSON.stringify(name)}`,
    );
  }
  return config;
}

/** What of the configuration has no effect, a sentence each. */
export function withoutEffect({ backend = "", firewalldZone = "" }: FirewallConfig): string[] {
  const lines: string[] = [];
  if (backend === "iptables" || backend === "firewalld") {
    lines.push(`backend is "${backend}": nftables does it all the same, in a table of its own`);
  }
  if (firewalldZone !== "" || backend === "firewalld") {
    const zone = firewalldZone || "trusted";
    lines.push(
      `no address is put into a zone of firewalld: for a network of pods that is done once, by ` +
        `firewall-cmd --permanent --zone=${zone} --add-source=NETWORK`,
    );
  }
  return lines;
}
