// The neighbours and forwarding entries of a plan.

import { AF_BRIDGE } from "../links/link_message.ts";
import { neighborQuery, NTF_MASTER } from "../neighbors/neighbor_message.ts";
import { ENOENT, KernelError } from "../sys/errno.ts";
import { NetlinkMessage, NLM_F_REPLACE, type ReceivedMessage } from "../sys/netlink_message.ts";
import type { PlannedLink } from "./link.ts";
import type { PlannedLinks, Sources } from "./links.ts";
import type { Place } from "./place.ts";
import { headerU32, rawAttributes, received, sameBytes, u32Of } from "./received.ts";

const HEADER_LENGTH = 12;
const NDA_DST = 1;
const NDA_LLADDR = 2;
const NDA_IFINDEX = 8;
const NDA_MASTER = 9;

interface Entry {
  readonly message: ReceivedMessage;
  readonly address: Uint8Array | undefined;
  readonly mac: Uint8Array | undefined;
}

export class PlannedNeighbors {
  /** By namespace, link, and whether they are forwarding entries. */
  readonly #entries = new Map<string, Entry[]>();

  constructor(private readonly sources: Sources, private readonly links: PlannedLinks) {}

  /** RTM_GETNEIGH of one link. */
  list(ns: Place, { payload }: ReceivedMessage): ReceivedMessage[] {
    const index = u32Of(rawAttributes(payload, HEADER_LENGTH).get(NDA_IFINDEX)) ?? 0;
    return this.#of(this.links.byIndex(ns, index), payload[0] === AF_BRIDGE).map((it) => it.message);
  }

  /** RTM_NEWNEIGH. */
  set(ns: Place, request: ReceivedMessage): void {
    const link = this.links.byIndex(ns, headerU32(request.payload, 4));
    const entry = read(this.#asHeld(link, request));
    const entries = this.#of(link, isForwarding(request));
    const at = request.flags & NLM_F_REPLACE ? entries.findIndex((it) => isSame(it, entry, isForwarding(request))) : -1;
    if (at >= 0) entries[at] = entry;
    else entries.push(entry);
  }

  /** RTM_DELNEIGH. */
  remove(ns: Place, request: ReceivedMessage): void {
    const link = this.links.byIndex(ns, headerU32(request.payload, 4));
    const wanted = read(request);
    const entries = this.#of(link, isForwarding(request));
    const at = entries.findIndex((it) =>
      isSame(it, wanted, isForwarding(request)) &&
      (wanted.address === undefined || sameBytes(it.address, wanted.address))
    );
    if (at < 0) throw new KernelError(ENOENT);
    entries.splice(at, 1);
  }

  /** A link that is gone has none. */
  forget(link: PlannedLink): void {
    for (const forwarding of [true, false]) this.#entries.set(keyOf(link, forwarding), []);
  }

  #of(link: PlannedLink, forwarding: boolean): Entry[] {
    const key = keyOf(link, forwarding);
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const source = link.made ? undefined : this.sources.read(link.ns);
    const entries = (source?.dump(neighborQuery(forwarding ? AF_BRIDGE : 0, link.index)) ?? [])
      .filter(({ payload }) => headerU32(payload, 4) === link.index).map(read);
    this.#entries.set(key, entries);
    return entries;
  }

  /** An entry that a bridge holds for its port names the bridge. */
  #asHeld(link: PlannedLink, request: ReceivedMessage): ReceivedMessage {
    const master = link.masterIndex;
    if (!isForwarding(request) || master === undefined || (request.payload[10]! & NTF_MASTER) === 0) return request;
    const message = new NetlinkMessage(request.type).u8(...request.payload.subarray(0, HEADER_LENGTH));
    for (const [type, value] of rawAttributes(request.payload, HEADER_LENGTH)) message.bytes(type, value);
    return { ...received(message.attrU32(NDA_MASTER, master)), flags: request.flags };
  }
}

function keyOf({ ns, index }: PlannedLink, forwarding: boolean): string {
  return `${ns} ${index} ${forwarding}`;
}

function isForwarding({ payload }: ReceivedMessage): boolean {
  return payload[0] === AF_BRIDGE;
}

/** A neighbour is named by its address, a forwarding entry by its MAC. */
function isSame(a: Entry, b: Entry, forwarding: boolean): boolean {
  return forwarding ? sameBytes(a.mac, b.mac) : sameBytes(a.address, b.address);
}

function read(message: ReceivedMessage): Entry {
  const attributes = rawAttributes(message.payload, HEADER_LENGTH);
  return { message, address: attributes.get(NDA_DST), mac: attributes.get(NDA_LLADDR) };
}
