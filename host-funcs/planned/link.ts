// One link of a plan: the attributes of RTM_NEWLINK, of a real link or of one that would be made, taken apart as far as
// a plan changes them.

import {
  AF_UNSPEC,
  IFF_UP,
  IFLA_ADDRESS,
  IFLA_IFNAME,
  IFLA_INFO_DATA,
  IFLA_INFO_KIND,
  IFLA_INFO_SLAVE_DATA,
  IFLA_INFO_SLAVE_KIND,
  IFLA_LINK,
  IFLA_LINKINFO,
  IFLA_MASTER,
  IFLA_MTU,
  IFLA_OPERSTATE,
  RTM_NEWLINK,
} from "../links/link_message.ts";
import { NetlinkMessage, type ReceivedMessage } from "../sys/netlink_message.ts";
import type { Place } from "./place.ts";
import { bytesOfU32, headerU32, rawAttributes, received, u32Of } from "./received.ts";

const HEADER_LENGTH = 16;
const ARPHRD_ETHER = 1;
export const ARPHRD_LOOPBACK = 772;
const IFF_LOWER_UP = 0x10000;
const IFLA_BRPORT_STATE = 1;
const BR_STATE_DISABLED = 0;
const BR_STATE_FORWARDING = 3;
const OPERSTATE = { unknown: 0, down: 2, up: 6 } as const;

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes).replace(/\0.*$/s, "");

export class PlannedLink {
  flags = 0;
  kind = "";
  /** IFLA_INFO_DATA and IFLA_INFO_SLAVE_DATA by type; the latter of ports of a bridge. */
  data = new Map<number, Uint8Array>();
  port: Map<number, Uint8Array> | undefined;
  /** All others. */
  readonly attributes = new Map<number, Uint8Array>();

  constructor(
    readonly ns: Place,
    readonly index: number,
    /** Made by the plan. */
    readonly made: boolean,
    readonly type: number = ARPHRD_ETHER,
  ) {}

  /** A link that exists. */
  static read(ns: Place, { payload }: ReceivedMessage): PlannedLink {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    const link = new PlannedLink(ns, view.getInt32(4, true), false, view.getUint16(2, true));
    link.flags = headerU32(payload, 8);
    for (const [type, value] of rawAttributes(payload, HEADER_LENGTH)) link.attributes.set(type, value);
    link.setInfo(link.attributes.get(IFLA_LINKINFO));
    return link;
  }

  /** Takes IFLA_LINKINFO apart. */
  setInfo(info: Uint8Array | undefined): void {
    this.attributes.delete(IFLA_LINKINFO);
    const parts = rawAttributes(info ?? new Uint8Array(), 0);
    if (parts.has(IFLA_INFO_KIND)) this.kind = text(parts.get(IFLA_INFO_KIND));
    const data = rawAttributes(parts.get(IFLA_INFO_DATA) ?? new Uint8Array(), 0);
    for (const [type, value] of data) this.data.set(type, value);
    if (text(parts.get(IFLA_INFO_SLAVE_KIND)) !== "bridge") return;
    this.port ??= new Map();
    const port = rawAttributes(parts.get(IFLA_INFO_SLAVE_DATA) ?? new Uint8Array(), 0);
    for (const [type, value] of port) this.port.set(type, value);
  }

  get name(): string {
    return text(this.attributes.get(IFLA_IFNAME));
  }

  set name(name: string) {
    this.attributes.set(IFLA_IFNAME, new TextEncoder().encode(`${name}\0`));
  }

  /** The same link in another namespace, down and no port. */
  movedTo(ns: Place, index: number): PlannedLink {
    const link = new PlannedLink(ns, index, true, this.type);
    link.flags = this.flags;
    link.kind = this.kind;
    link.data = this.data;
    for (const [type, value] of this.attributes) link.attributes.set(type, value);
    link.setMaster(0);
    link.setUp(false);
    link.setCarrier(false);
    return link;
  }

  get up(): boolean {
    return (this.flags & IFF_UP) !== 0;
  }

  get carrier(): boolean {
    return (this.flags & IFF_LOWER_UP) !== 0;
  }

  get mtu(): number {
    return u32Of(this.attributes.get(IFLA_MTU)) ?? 0;
  }

  get mac(): Uint8Array | undefined {
    return this.attributes.get(IFLA_ADDRESS);
  }

  get masterIndex(): number | undefined {
    return u32Of(this.attributes.get(IFLA_MASTER));
  }

  /** IFLA_LINK: the other end of a veth pair, or a parent. */
  get otherIndex(): number | undefined {
    return u32Of(this.attributes.get(IFLA_LINK));
  }

  /** Joins a bridge, or leaves it with 0. */
  setMaster(index: number): void {
    if (index === 0) {
      this.attributes.delete(IFLA_MASTER);
      this.port = undefined;
    } else {
      this.attributes.set(IFLA_MASTER, bytesOfU32(index));
      this.port = new Map([[IFLA_BRPORT_STATE, Uint8Array.of(BR_STATE_DISABLED)]]);
    }
  }

  setUp(up: boolean): void {
    this.flags = up ? this.flags | IFF_UP : this.flags & ~IFF_UP;
  }

  /** Whether it can carry frames, and the operational state that follows. */
  setCarrier(carrier: boolean): void {
    if (carrier === this.carrier && this.attributes.has(IFLA_OPERSTATE)) return;
    this.flags = carrier ? this.flags | IFF_LOWER_UP : this.flags & ~IFF_LOWER_UP;
    const loopback = this.type === ARPHRD_LOOPBACK;
    const state = loopback ? OPERSTATE.unknown : carrier ? OPERSTATE.up : OPERSTATE.down;
    this.attributes.set(IFLA_OPERSTATE, Uint8Array.of(state));
  }

  /** The state of a bridge port. Spanning tree takes no time in a plan. */
  setForwarding(forwarding: boolean): void {
    this.port?.set(IFLA_BRPORT_STATE, Uint8Array.of(forwarding ? BR_STATE_FORWARDING : BR_STATE_DISABLED));
  }

  /** As the kernel would describe it. */
  describe(): ReceivedMessage {
    const message = new NetlinkMessage(RTM_NEWLINK).u8(AF_UNSPEC, 0).u16(this.type).u32(this.index).u32(this.flags)
      .u32(0);
    for (const [type, value] of this.attributes) message.bytes(type, value);
    if (this.kind === "" && this.port === undefined) return received(message);
    message.nest(IFLA_LINKINFO, (info) => {
      if (this.kind !== "") info.string(IFLA_INFO_KIND, this.kind).nest(IFLA_INFO_DATA, fill(this.data));
      if (this.port === undefined) return;
      info.string(IFLA_INFO_SLAVE_KIND, "bridge").nest(IFLA_INFO_SLAVE_DATA, fill(this.port));
    });
    return received(message);
  }
}

function fill(attributes: ReadonlyMap<number, Uint8Array>): (message: NetlinkMessage) => void {
  return (message) => {
    for (const [type, value] of attributes) message.bytes(type, value);
  };
}
