// `protocols` of a ClusterNetworkPolicy's rule.

import type { Port, Protocol } from "../parsed_policy.ts";
import { type Place, show } from "./place.ts";
import { MAX_PORT, readPortName } from "./port.ts";
import { isGiven, only, readInteger, readObject } from "./value.ts";

const SHAPE = { what: "a protocol", fields: ["tcp", "udp", "sctp", "destinationNamedPort"] } as const;

export function readProtocol(value: unknown, at: Place): Port | undefined {
  const fields = readObject(value, SHAPE, at);
  const kind = fields && only(fields, SHAPE, at);
  if (kind === undefined) return undefined;
  const inside = at.field(kind);
  if (kind !== "destinationNamedPort") return readPorts(kind, fields?.[kind], inside);
  const name = readPortName(fields?.[kind], inside);
  return name === undefined ? undefined : { protocol: undefined, name };
}

/** Only pods have ports with names. The CRD refuses such a rule as a whole. */
export function refuseNamedPorts(protocols: unknown, at: Place): void {
  if (!Array.isArray(protocols)) return;
  for (const [index, it] of protocols.entries()) {
    if (typeof it !== "object" || !isGiven(it?.destinationNamedPort)) continue;
    at.item(index).field("destinationNamedPort").refuse(
      `needs peers that are pods or namespaces, and the rule has others: ${show(it.destinationNamedPort)}`,
    );
  }
}

function readPorts(protocol: Protocol, value: unknown, at: Place): Port | undefined {
  const fields = readObject(value, { what: protocol, fields: ["destinationPort"] }, at);
  if (fields === undefined) return undefined;
  if (!isGiven(fields.destinationPort)) {
    at.refuse(`has no destinationPort; all ports are its range from 1 to ${MAX_PORT}`);
    return undefined;
  }
  return readDestination(protocol, fields.destinationPort, at.field("destinationPort"));
}

const DESTINATION = { what: "a destinationPort", fields: ["number", "range"] } as const;
const RANGE = { what: "a range", fields: ["start", "end"] } as const;

function readDestination(protocol: Protocol, value: unknown, at: Place): Port | undefined {
  const fields = readObject(value, DESTINATION, at);
  const kind = fields && only(fields, DESTINATION, at);
  if (kind === undefined) return undefined;
  if (kind === "number") {
    const port = readInteger(fields?.number, 1, MAX_PORT, at.field(kind));
    return port === undefined ? undefined : { protocol, first: port, last: port };
  }
  const inside = at.field(kind);
  const range = readObject(fields?.range, RANGE, inside);
  if (range === undefined) return undefined;
  const first = readInteger(range.start, 1, MAX_PORT, inside.field("start"));
  const last = readInteger(range.end, 1, MAX_PORT, inside.field("end"));
  if (first === undefined || last === undefined) return undefined;
  if (first < last) return { protocol, first, last };
  inside.refuse(`has to end above its start: start ${first}, end ${last}`);
  return undefined;
}
