// A node on which many pods have leases and rules. One is added by the contestant itself; what that made is made again
// for the others, as ten thousand ADDs would take hours. They have no links.

import type { Attachment } from "../lab/cni_call.ts";
import { formatAddress, parseAddress } from "../../host-funcs/ip_number.ts";
import { holdGo } from "./hold_go.ts";
import { holdOurs } from "./hold_ours.ts";
import { addressesOf, type Lane } from "./lane.ts";

/** The pod that was added, and how to name the others after it. */
export interface Model {
  readonly at: Attachment;
  readonly network: string;
  /** Its addresses, canonical. */
  readonly addresses: readonly string[];
}

/** Adds `count` pods with ipMasq, whatever is measured then: so rules are there in any case. */
export async function hold(lane: Lane, subnets: readonly string[], count: number): Promise<void> {
  if (count === 0) return;
  const network = lane.network(subnets, true);
  const at: Attachment = { containerId: idOf(0), ifname: "eth0", netns: await lane.node.pod() };
  const addresses = addressesOf(await lane.call("ADD", network, at));
  const model: Model = { at, network: network.name, addresses };
  await (lane.contestant.filter === "cnidaria" ? holdOurs : holdGo)(lane, model, count);
}

/** The container of a held pod. The same length for all, and none begins another one's name. */
export function idOf(index: number): string {
  return `held-${String(index).padStart(6, "0")}`;
}

/** The address that comes `index` places after one. */
export function addressAfter(address: string, index: number): string {
  const { family, number } = parseAddress(address)!;
  return formatAddress(family, number + BigInt(index));
}
