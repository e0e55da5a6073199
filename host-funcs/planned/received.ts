// A message of ours as the kernel would send it: what is planned is kept, and dumped, in the form of rtnetlink.

import { type NetlinkMessage, readAttributes, readMessages, type ReceivedMessage } from "../sys/netlink_message.ts";

/** The message as one that was received. Its bytes are its own. */
export function received(message: NetlinkMessage): ReceivedMessage {
  const [only] = readMessages(message.finish(0).slice());
  return only!;
}

/** The attributes of a payload by type, as raw bytes; of those that occur twice the last. */
export function rawAttributes(payload: Uint8Array, headerLength: number): Map<number, Uint8Array> {
  return new Map(readAttributes(payload, headerLength));
}

/** A number of the machine's order in a family's header. */
export function headerU32(payload: Uint8Array, offset: number): number {
  return new DataView(payload.buffer, payload.byteOffset, payload.length).getUint32(offset, true);
}

/** The bytes of an attribute that is a u32. */
export function bytesOfU32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** The u32 that an attribute's bytes are. */
export function u32Of(bytes: Uint8Array | undefined): number | undefined {
  return bytes === undefined || bytes.length < 4 ? undefined : headerU32(bytes, 0);
}

/** Whether two attributes, or their absences, are the same. */
export function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
