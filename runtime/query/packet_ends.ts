// The ends of a packet's way: what a name or an address is to this node.

import {
  formatAddress,
  type IpAddress,
  type IpNetwork,
  parseAddress,
  parseNetwork,
} from "../../host-funcs/ip_number.ts";
import type { FamilyStatus } from "../cluster/status.ts";
import type { PeerStatus } from "../cluster/peers.ts";
import type { AttachmentRow } from "./attachment_rows.ts";

/** What is known. */
export interface Surroundings {
  /** This node's name. */
  readonly node: string;
  readonly attachments: readonly AttachmentRow[];
  /** Of the overlay; empty without one. */
  readonly families: readonly FamilyStatus[];
  readonly peers: readonly PeerStatus[];
}

export interface PodEnd {
  readonly kind: "pod";
  readonly row: AttachmentRow;
  readonly address: string;
  /** What it reaches without a gateway; undefined where its address tells no prefix length. */
  readonly subnet: IpNetwork | undefined;
}

export type End =
  | PodEnd
  | { readonly kind: "node"; readonly address: string }
  | { readonly kind: "peer"; readonly address: string; readonly peer: PeerStatus; readonly isPod: boolean }
  | { readonly kind: "outside"; readonly address: string };

/**
 * What `text` may be: a pod with several addresses is each of them.
 *
 * @throws {RangeError} a sentence, where it is nothing that is known
 */
export function endsOf(text: string, around: Surroundings): End[] {
  const parsed = parseAddress(text);
  if (parsed !== undefined) return [endOfAddress(parsed, around)];
  const rows = around.attachments.filter((row) =>
    row.podName === ""
      ? text.length >= 12 && row.containerId.startsWith(text)
      : `${row.podNamespace}/${row.podName}` === text
  );
  const ends = rows.flatMap((row) => row.addresses.map((it) => podEnd(row, it)));
  if (ends.length > 0) return ends;
  if (rows.length > 0) throw new RangeError(`${text} has no address: nothing is sent to it by IP`);
  throw new RangeError(
    `No pod of this node is called ${text}, and it is no address: write NAMESPACE/POD as the attachments list it, or an ` +
      `address; pods of other nodes are known here by their addresses alone`,
  );
}

function endOfAddress(parsed: IpAddress, { attachments, families, peers }: Surroundings): End {
  const address = formatAddress(parsed.family, parsed.number);
  for (const row of attachments) {
    const own = row.addresses.find((it) => withoutLength(it) === address);
    if (own !== undefined) return podEnd(row, own);
  }
  if (families.some(({ publicIp }) => publicIp === address)) return { kind: "node", address };
  const peer = peers.find(({ publicIp }) => publicIp === address);
  if (peer !== undefined) return { kind: "peer", address, peer, isPod: false };
  const owner = peers.find(({ subnet }) => {
    const network = parseNetwork(subnet);
    return network?.family === parsed.family && network.first <= parsed.number && parsed.number <= network.last;
  });
  if (owner !== undefined) return { kind: "peer", address, peer: owner, isPod: true };
  return { kind: "outside", address };
}

/** Whether one reaches the other by a bridge alone: it is of the same subnet too, and else reached by the gateway. */
export function isSwitched(one: End, other: End): boolean {
  if (one.kind !== "pod" || other.kind !== "pod" || one.row.bridge === "" || one.row.bridge !== other.row.bridge) {
    return false;
  }
  const number = parseAddress(other.address)?.number;
  return one.subnet !== undefined && number !== undefined && one.subnet.first <= number && number <= one.subnet.last;
}

function podEnd(row: AttachmentRow, address: string): PodEnd {
  return { kind: "pod", row, address: withoutLength(address), subnet: parseNetwork(address) };
}

function withoutLength(address: string): string {
  return address.replace(/\/.*/, "");
}
