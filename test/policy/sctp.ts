// An SCTP INIT (RFC 9260, 3.1 and 3.3.2), as bytes: the kernel may have no SCTP, but it passes its packets on, and its
// connection tracking knows them.

const HEADER_BYTES = 12;
const CHUNK_BYTES = 20;
export const INIT_BYTES = HEADER_BYTES + CHUNK_BYTES;
const INIT = 1;

export interface Init {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Any number but 0. */
  readonly tag: number;
  readonly sequence: number;
}

/** Writes the packet, with its checksum, to the beginning of `memory`. */
export function writeInit(memory: Uint8Array, { sourcePort, destinationPort, tag, sequence }: Init): void {
  const view = new DataView(memory.buffer, memory.byteOffset);
  view.setUint16(0, sourcePort);
  view.setUint16(2, destinationPort);
  view.setUint32(4, 0);
  view.setUint32(8, 0);
  view.setUint8(12, INIT);
  view.setUint8(13, 0);
  view.setUint16(14, CHUNK_BYTES);
  view.setUint32(16, tag);
  view.setUint32(20, 65536);
  view.setUint16(24, 1);
  view.setUint16(26, 1);
  view.setUint32(28, sequence);
  view.setUint32(8, checksum(memory.subarray(0, INIT_BYTES)), true);
}

/** Undefined for what is no INIT. @param bytes a packet without IP header */
export function readInit(bytes: Uint8Array): Init | undefined {
  if (bytes.length < INIT_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint8(12) !== INIT) return undefined;
  return {
    sourcePort: view.getUint16(0),
    destinationPort: view.getUint16(2),
    tag: view.getUint32(16),
    sequence: view.getUint32(28),
  };
}

const POLYNOMIAL = 0x82f63b78;
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? value >>> 1 ^ POLYNOMIAL : value >>> 1;
  return value;
});

/** CRC32c (RFC 9260, appendix A). */
export function checksum(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = value >>> 8 ^ table[(value ^ byte) & 0xff]!;
  return ~value >>> 0;
}
