// The configuration of portmap: its keys are those of the upstream plugin.

import * as v from "valibot";
import { choice, fields, invalidConfig, optional, options, parseConfig, show, withDefault } from "../sdk/mod.ts";

const port = fields.integer(1, 65535);
const conditions = v.array(fields.text, "a list of strings");

const mapping = options({
  hostPort: port,
  containerPort: port,
  protocol: v.pipe(
    fields.text,
    v.toLowerCase(),
    v.picklist(["tcp", "udp", "sctp"], '"tcp", "udp" or "sctp"'),
  ),
  hostIP: v.optional(v.union([v.literal(""), fields.address], "an IP address"), ""),
});

export type Mapping = v.InferOutput<typeof mapping>;

export const schema = options({
  snat: withDefault(
    fields.flag,
    true,
    "Connections that would not come back else get the node's address as their source: those of the container itself " +
      "and of its subnet, and the node's own from 127.0.0.1.",
  ),
  masqAll: withDefault(fields.flag, false, "With `snat`: all connections do."),
  markMasqBit: withDefault(
    fields.integer(0, 31),
    13,
    "Bit of the packet mark that says so from the first hook to the last. Kubernetes uses 14 and 15.",
  ),
  backend: optional(
    choice("nftables", "iptables"),
    "`nftables` serves in any case; `iptables` is accepted, with a line in the log.",
  ),
  conditionsV4: optional(conditions, "Refused, unless it is empty: see below."),
  conditionsV6: optional(conditions, "Refused, unless it is empty: see below."),
  externalSetMarkChain: optional(fields.text, "Refused, unless it is empty: see below."),
  runtimeConfig: withDefault(
    fields.object({ portMappings: v.optional(v.array(mapping, "a list"), []) }, "an object"),
    {},
    "`portMappings`, by the runtime: `hostPort`, `containerPort`, `protocol`, and perhaps `hostIP`.",
  ),
});

export type PortmapConfig = v.InferOutput<typeof schema>;

/** @throws {CniError} code 6 or 7, naming the key */
export function readConfig(text: string): PortmapConfig {
  const config = parseConfig(schema, text);
  if (config.externalSetMarkChain !== undefined && config.externalSetMarkChain !== "") {
    throw invalidConfig(
      `externalSetMarkChain is ${
        show(config.externalSetMarkChain)
      }, a chain of iptables, which nftables cannot jump to: ` +
        "leave it out; markMasqBit chooses a bit of the mark that is nobody else's",
    );
  }
  for (const key of ["conditionsV4", "conditionsV6"] as const) {
    if (!(config[key] ?? []).some((each) => each !== "")) continue;
    throw invalidConfig(
      `${key} is ${
        show(config[key])
      }, but a port is an element of a map, which has no conditions of its own: leave it ` +
        "out; hostIP says for which of the node's addresses a port is mapped, and a network policy who may reach the pod",
    );
  }
  return config;
}
