// The few functions of the C library that every CNI call needs. Each further symbol costs a tenth of a millisecond when
// the library is opened, so what only some calls need lies in `libc_packet.ts` and `libc_mount.ts`, and netlink sockets
// are read and written as the files they are. Importing this module opens the library: import it lazily where it may
// not be needed.
//
// All calls are synchronous: they run on the calling thread, which is what setns(2) acts on. Buffers are handed over as
// Uint8Array, and must be backed by at least 128 bytes: smaller ones can lie on the JavaScript heap, and move.

import { KernelError } from "./errno.ts";

export const { symbols: libc } = Deno.dlopen("libc.so.6", {
  open: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  setns: { parameters: ["i32", "i32"], result: "i32" },
  __errno_location: { parameters: [], result: "pointer" },
});

const { open, close, read, write, statx, setsockopt, __errno_location } = libc;

/** open(2) flags, as in fcntl.h. */
export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_NONBLOCK = 0o4000;
export const O_CLOEXEC = 0o2000000;

let errnoView: Deno.UnsafePointerView | undefined;

/** errno of this thread. Read it directly after the call that failed. */
export function errno(): number {
  errnoView ??= new Deno.UnsafePointerView(__errno_location()!);
  return errnoView.getInt32();
}

/**
 * The result of a libc call, or an error where it is negative.
 *
 * @throws {KernelError} with errno
 */
export function checked(result: number | bigint): number {
  if (result < 0) throw new KernelError(errno());
  return Number(result);
}

const encoder = new TextEncoder();

/** A string as C takes it. The buffer is large enough to stay where it is. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0")) throw new TypeError("Cannot pass a string to the C library as it contains a NUL character");
  const bytes = new Uint8Array(Math.max(128, text.length * 3 + 1));
  encoder.encodeInto(text, bytes);
  return bytes;
}

/** @throws {KernelError} */
export function openFile(path: string, flags: number): number {
  return checked(open(cString(path), flags | O_CLOEXEC, 0));
}

export function closeFile(fd: number): void {
  close(fd);
}

/**
 * One read(2); as many bytes as there are, up to the buffer's length.
 *
 * @throws {KernelError}
 */
export function readInto(fd: number, buffer: Uint8Array<ArrayBuffer>): number {
  return checked(read(fd, buffer, BigInt(buffer.length)));
}

/**
 * One write(2) of the first `length` bytes.
 *
 * @throws {KernelError}
 */
export function writeFrom(fd: number, buffer: Uint8Array<ArrayBuffer>, length: number): number {
  return checked(write(fd, buffer, BigInt(length)));
}

/** @throws {KernelError} */
export function setSocketOption(fd: number, level: number, option: number, value: Uint8Array<ArrayBuffer>): void {
  checked(setsockopt(fd, level, option, value, value.length));
}

const AT_EMPTY_PATH = 0x1000;
const STATX_INO = 0x100;

/**
 * Which file a descriptor is open on, by statx(2): its layout is the same on every architecture.
 *
 * @throws {KernelError}
 */
export function fileIdentity(fd: number): { device: string; inode: number } {
  const buffer = new Uint8Array(256);
  checked(statx(fd, cString(""), AT_EMPTY_PATH, STATX_INO, buffer));
  const view = new DataView(buffer.buffer);
  return {
    device: `${view.getUint32(136, true)}:${view.getUint32(140, true)}`,
    inode: Number(view.getBigUint64(32, true)),
  };
}
