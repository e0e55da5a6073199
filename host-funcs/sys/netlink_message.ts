// Netlink messages and their attributes: building and reading. Pure. Source: include/uapi/linux/netlink.h, RFC 3549.
//
//   nlmsghdr { u32 length; u16 type; u16 flags; u32 sequence; u32 port; } header of the family, attributes
//   nlattr { u16 length; u16 type; } value, padded to 4 bytes; the length does not count the padding
//
// Numbers are in the machine's order, which is little-endian on everything that Deno runs on.

const HEADER_LENGTH = 16;
const TYPE_MASK = 0x3fff;
const NLA_F_NESTED = 0x8000;

export const NLM_F_REQUEST = 0x1;
export const NLM_F_ACK = 0x4;
export const NLM_F_DUMP_INTR = 0x10;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_DUMP = 0x300;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;
export const NLM_F_APPEND = 0x800;

export const NLMSG_NOOP = 1;
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One message in the making. Its buffer grows as needed, and is never small enough to move. */
export class NetlinkMessage {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = HEADER_LENGTH;

  /** @param flags without NLM_F_REQUEST, which every message of ours has */
  constructor(readonly type: number, flags = 0) {
    this.#view.setUint16(4, type, true);
    this.#view.setUint16(6, flags | NLM_F_REQUEST, true);
  }

  get length(): number {
    return this.#length;
  }

  get asksForAck(): boolean {
    return (this.#view.getUint16(6, true) & NLM_F_ACK) !== 0;
  }

  /** Asks for an answer also where nothing fails. */
  askForAck(): this {
    this.#view.setUint16(6, this.#view.getUint16(6, true) | NLM_F_ACK, true);
    return this;
  }

  /** Appends to the family's header. */
  u8(...values: number[]): this {
    this.#reserve(values.length);
    for (const value of values) this.#bytes[this.#length++] = value;
    return this;
  }

  u16(value: number): this {
    this.#reserve(2);
    this.#view.setUint16(this.#length, value, true);
    this.#length += 2;
    return this;
  }

  u32(value: number): this {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
    return this;
  }

  /** An attribute. */
  bytes(type: number, value: Uint8Array): this {
    this.#attribute(type, value.length);
    this.#bytes.set(value, this.#length);
    return this.#pad(value.length);
  }

  /** A string attribute, ended by NUL. */
  string(type: number, value: string): this {
    return this.bytes(type, encoder.encode(value + "\0"));
  }

  attrU8(type: number, value: number): this {
    this.#attribute(type, 1);
    this.#bytes[this.#length] = value;
    return this.#pad(1);
  }

  attrU16(type: number, value: number): this {
    this.#attribute(type, 2);
    this.#view.setUint16(this.#length, value, true);
    return this.#pad(2);
  }

  /** In network order, as ports are. */
  attrU16be(type: number, value: number): this {
    this.#attribute(type, 2);
    this.#view.setUint16(this.#length, value, false);
    return this.#pad(2);
  }

  attrU32(type: number, value: number): this {
    this.#attribute(type, 4);
    this.#view.setUint32(this.#length, value, true);
    return this.#pad(4);
  }

  /** In network order, as all numbers of nf_tables are. */
  attrU32be(type: number, value: number): this {
    this.#attribute(type, 4);
    this.#view.setUint32(this.#length, value, false);
    return this.#pad(4);
  }

  attrU64be(type: number, value: bigint): this {
    this.#attribute(type, 8);
    this.#view.setBigUint64(this.#length, value, false);
    return this.#pad(8);
  }

  /** An attribute that holds what `fill` appends. */
  nest(type: number, fill: (message: this) => void): this {
    const start = this.#length;
    this.#attribute(type | NLA_F_NESTED, 0);
    fill(this);
    const length = this.#length - start;
    if (length > 0xffff) throw new RangeError(`Cannot nest attributes as they are too long: ${length} bytes`);
    this.#view.setUint16(start, length, true);
    return this;
  }

  /** The finished message, for the socket: with its number, and the wish for an answer. */
  finish(sequence: number, flags = 0): Uint8Array<ArrayBuffer> {
    const view = this.#view;
    view.setUint32(0, this.#length, true);
    view.setUint16(6, view.getUint16(6, true) | flags, true);
    view.setUint32(8, sequence, true);
    view.setUint32(12, 0, true);
    return this.#bytes.subarray(0, this.#length);
  }

  #attribute(type: number, valueLength: number): void {
    const length = 4 + valueLength;
    if (length > 0xffff) throw new RangeError(`Cannot add an attribute as it is too long: ${length} bytes`);
    this.#reserve(length + 4);
    this.#view.setUint16(this.#length, length, true);
    this.#view.setUint16(this.#length + 2, type, true);
    this.#length += 4;
  }

  #pad(valueLength: number): this {
    this.#length += align(valueLength);
    return this;
  }

  #reserve(more: number): void {
    const wanted = this.#length + more;
    if (wanted <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(wanted, this.#bytes.length * 2));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** A message that was received. */
export interface ReceivedMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly port: number;
  /** What follows the header: a view into the received bytes. */
  readonly payload: Uint8Array;
}

/** Splits received bytes into messages. A message that claims more bytes than there are ends the list. */
export function readMessages(bytes: Uint8Array): ReceivedMessage[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const messages: ReceivedMessage[] = [];
  for (let at = 0; at + HEADER_LENGTH <= bytes.length;) {
    const length = view.getUint32(at, true);
    if (length < HEADER_LENGTH || at + length > bytes.length) break;
    messages.push({
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      sequence: view.getUint32(at + 8, true),
      port: view.getUint32(at + 12, true),
      payload: bytes.subarray(at + HEADER_LENGTH, at + length),
    });
    at += align(length);
  }
  return messages;
}

/** Attributes by type. Reading one that is absent, or too short, gives undefined. */
export class Attributes {
  readonly #values = new Map<number, Uint8Array>();

  /** Reads from `offset` on. An attribute that claims more bytes than there are ends the list. */
  constructor(bytes: Uint8Array, offset = 0) {
    for (const [type, value] of readAttributes(bytes, offset)) this.#values.set(type, value);
  }

  has(type: number): boolean {
    return this.#values.has(type);
  }

  bytes(type: number): Uint8Array | undefined {
    return this.#values.get(type);
  }

  u8(type: number): number | undefined {
    return this.#values.get(type)?.[0];
  }

  u16(type: number): number | undefined {
    const value = this.#values.get(type);
    return value && value.length >= 2 ? value[0]! | value[1]! << 8 : undefined;
  }

  u16be(type: number): number | undefined {
    const value = this.#values.get(type);
    return value && value.length >= 2 ? value[0]! << 8 | value[1]! : undefined;
  }

  u32(type: number): number | undefined {
    const value = this.#values.get(type);
    if (!value || value.length < 4) return undefined;
    return (value[0]! | value[1]! << 8 | value[2]! << 16 | value[3]! << 24) >>> 0;
  }

  u32be(type: number): number | undefined {
    const value = this.#values.get(type);
    if (!value || value.length < 4) return undefined;
    return (value[0]! << 24 | value[1]! << 16 | value[2]! << 8 | value[3]!) >>> 0;
  }

  u64be(type: number): bigint | undefined {
    const value = this.#values.get(type);
    return value && value.length >= 8
      ? new DataView(value.buffer, value.byteOffset, 8).getBigUint64(0, false)
      : undefined;
  }

  string(type: number): string | undefined {
    const value = this.#values.get(type);
    if (!value) return undefined;
    const end = value.indexOf(0);
    return decoder.decode(end < 0 ? value : value.subarray(0, end));
  }

  nested(type: number): Attributes | undefined {
    const value = this.#values.get(type);
    return value && new Attributes(value);
  }
}

/** The attributes in order, those that occur more than once included. */
export function readAttributes(bytes: Uint8Array, offset = 0): [type: number, value: Uint8Array][] {
  const attributes: [number, Uint8Array][] = [];
  for (let at = offset; at + 4 <= bytes.length;) {
    const length = bytes[at]! | bytes[at + 1]! << 8;
    if (length < 4 || at + length > bytes.length) break;
    attributes.push([(bytes[at + 2]! | bytes[at + 3]! << 8) & TYPE_MASK, bytes.subarray(at + 4, at + length)]);
    at += align(length);
  }
  return attributes;
}

function align(length: number): number {
  return (length + 3) & ~3;
}
