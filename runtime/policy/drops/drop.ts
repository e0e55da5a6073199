// A packet that a policy has dropped, with the names of who sent it to whom, and of the policy.

import type { TableContent } from "../../../host-funcs/firewall/ruleset/ruleset.ts";
import type { LoggedPacket } from "../../../host-funcs/sys/nflog.ts";
import { type PacketHeader, readPacketHeader } from "../../../host-funcs/sys/packet_header.ts";

export interface Drop extends PacketHeader {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** `namespace/name`; none where no pod has the address. */
  readonly sourcePod?: string;
  readonly destinationPod?: string;
  /** What the rule is there for; its place where the rule is gone: `<chain> <number>`. */
  readonly rule: string;
}

/**
 * Reads a packet.
 *
 * @param content what is in force
 * @param podOf `namespace/name` of an address
 * @returns undefined for what is no IP packet
 */
export function readDrop(
  { prefix, bytes }: LoggedPacket,
  content: TableContent | undefined,
  podOf: (address: string) => string | undefined,
  at: number,
): Drop | undefined {
  const header = readPacketHeader(bytes);
  if (header === undefined) return undefined;
  const [sourcePod, destinationPod] = [podOf(header.source), podOf(header.destination)];
  return {
    at,
    ...header,
    ...sourcePod !== undefined && { sourcePod },
    ...destinationPod !== undefined && { destinationPod },
    rule: ruleOf(prefix, content),
  };
}

/** The comment of the rule at `<chain> <number>`. */
function ruleOf(prefix: string, content: TableContent | undefined): string {
  const place = prefix.trim();
  const [, chain, index] = /^(\S+) (\d+)$/.exec(place) ?? [];
  if (chain === undefined) return place;
  return content?.chains.get(chain)?.rules[Number(index)]?.comment || place;
}

/** `shop/web (10.1.0.5) to 10.1.0.6 tcp 80: isolated by NetworkPolicy shop/deny` */
export function dropLine(
  { source, sourcePod, destination, destinationPod, protocol, destinationPort, type, rule }: Drop,
) {
  const who = (address: string, pod: string | undefined) => pod === undefined ? address : `${pod} (${address})`;
  const port = destinationPort ?? (type === undefined ? undefined : `type ${type}`);
  const what = port === undefined ? protocol : `${protocol} ${port}`;
  return `${who(source, sourcePod)} to ${who(destination, destinationPod)} ${what}: ${rule}`;
}
