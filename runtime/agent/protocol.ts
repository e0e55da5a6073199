// What the native entry (runtime/agent/entry/entry.c) and the agent say to each other: one connection for each CNI call, on a
// stream socket of the UNIX domain. All numbers are little-endian.
//
//   entry -> agent   "CNID", u32 version, u64 sent (CLOCK_MONOTONIC, ns), u32 length of the rest,
//                    then five texts, each u32 length and bytes: release, key, name, environment, stdin
//   agent -> entry   frames: u8 kind, u32 length, bytes
//
// `T` (nothing): the call is taken, and begins. `E`: for standard error. `O`: for standard output. `X` (u8): the exit
// status; the call is over. `D` (a sentence): declined, nothing was begun: the entry runs the host by itself. So it does
// where the connection ends without `X`. The key tells the host that it is the same call once more: see
// `transaction/add.ts`.

export const PROTOCOL_VERSION = 1;
const MAGIC = 0x44494e43; // "CNID"
/** Bytes before the texts. */
export const HEADER_BYTES = 20;
/** Bytes of the texts together: standard input may have 8 MiB, see `cni/stdin.ts`. */
export const MAX_BODY_BYTES = 9 * 1024 * 1024;

/** A CNI call that an entry hands over. */
export interface Request {
  /** When it was sent: CLOCK_MONOTONIC, nanoseconds. */
  readonly sentNs: bigint;
  /** Name of the release that the entry belongs to, as its folder is named. */
  readonly release: string;
  /** Names the call, if it has to be run once more. */
  readonly key: string;
  /** The name that the entry was called by. */
  readonly name: string;
  /** The variables whose names begin with `CNI`. */
  readonly environment: ReadonlyMap<string, string>;
  readonly stdin: Uint8Array<ArrayBuffer>;
}

export type FrameKind = "T" | "E" | "O" | "X" | "D";

/** Why bytes are no request that this version understands; the text is for a person. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

/**
 * Reads a request's header.
 *
 * @returns the time it was sent, and how many bytes follow
 * @throws {ProtocolError}
 */
export function readHeader(header: Uint8Array<ArrayBuffer>): { sentNs: bigint; length: number } {
  const view = new DataView(header.buffer, header.byteOffset, HEADER_BYTES);
  if (view.getUint32(0, true) !== MAGIC) throw new ProtocolError("it is no request");
  const version = view.getUint32(4, true);
  if (version !== PROTOCOL_VERSION) {
    throw new ProtocolError(`it speaks version ${version} of the protocol, and the agent version ${PROTOCOL_VERSION}`);
  }
  const length = view.getUint32(16, true);
  if (length > MAX_BODY_BYTES) throw new ProtocolError(`it has more than ${MAX_BODY_BYTES} bytes: ${length}`);
  return { sentNs: view.getBigUint64(8, true), length };
}

/** @throws {ProtocolError} */
export function readRequest(sentNs: bigint, body: Uint8Array<ArrayBuffer>): Request {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  let at = 0;
  const bytes = (): Uint8Array<ArrayBuffer> => {
    if (at + 4 > body.length) throw new ProtocolError("it is cut short");
    const length = view.getUint32(at, true);
    const start = at + 4;
    at = start + length;
    if (at > body.length) throw new ProtocolError("it is cut short");
    return body.subarray(start, at);
  };
  const text = () => new TextDecoder().decode(bytes());
  const [release, key, name] = [text(), text(), text()];
  const environment = new Map<string, string>();
  for (const entry of text().split("\0")) {
    const equals = entry.indexOf("=");
    if (equals > 0) environment.set(entry.slice(0, equals), entry.slice(equals + 1));
  }
  const stdin = bytes();
  if (at !== body.length) throw new ProtocolError(`${body.length - at} bytes follow it`);
  return { sentNs, release, key, name, environment, stdin };
}

/** A request as an entry writes it. */
export function writeRequest(request: Request): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const environment = [...request.environment].map(([name, value]) => `${name}=${value}`).join("\0");
  const parts = [
    ...[request.release, request.key, request.name, environment].map((text) => encoder.encode(text)),
    request.stdin,
  ];
  const length = parts.reduce((sum, part) => sum + 4 + part.length, 0);
  const bytes = new Uint8Array(HEADER_BYTES + length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, PROTOCOL_VERSION, true);
  view.setBigUint64(8, request.sentNs, true);
  view.setUint32(16, length, true);
  let at = HEADER_BYTES;
  for (const part of parts) {
    view.setUint32(at, part.length, true);
    bytes.set(part, at + 4);
    at += 4 + part.length;
  }
  return bytes;
}

/** A frame of the answer. */
export function writeFrame(kind: FrameKind, payload: Uint8Array = new Uint8Array()): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.max(128, 5 + payload.length));
  bytes[0] = kind.charCodeAt(0);
  new DataView(bytes.buffer).setUint32(1, payload.length, true);
  bytes.set(payload, 5);
  return bytes.subarray(0, 5 + payload.length);
}
