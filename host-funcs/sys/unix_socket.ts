// Stream sockets of the UNIX domain, used synchronously: by threads of the agent that wait for a call, serve it, and wait
// for the next. Whoever imports this opens the C library a second time, for functions that a single CNI call does without.

import { attempt, EACCES, EAGAIN, ECONNABORTED, EINTR, EPERM, isErrno, KernelError } from "./errno.ts";
import { checked, closeFile, O_CLOEXEC, O_NONBLOCK, readInto, setSocketOption, writeFrom } from "./libc.ts";
import { HostCallError } from "../error.ts";

const { symbols: libc } = Deno.dlopen("libc.so.6", {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  accept4: { parameters: ["i32", "pointer", "pointer", "i32"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32" },
  umask: { parameters: ["u32"], result: "u32" },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
});

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const SO_ACCEPTCONN = 30;
const SO_DOMAIN = 39;
const SO_RCVTIMEO = 20;
const SO_SNDTIMEO = 21;
const MSG_NOSIGNAL = 0x4000;
const F_SETFD = 2;
const F_SETFL = 4;
const FD_CLOEXEC = 1;
/** sizeof(struct sockaddr_un), and of its path. */
const ADDRESS_BYTES = 110;
const PATH_BYTES = 108;

/** include/uapi/asm-generic/poll.h */
const POLLIN = 0x1;
const POLLERR = 0x8;
const POLLHUP = 0x10;
const POLLRDHUP = 0x2000;

/** Who is at the other end of a connection (unix(7), SO_PEERCRED). */
export interface PeerCredentials {
  /** 0 where the process is in a pid namespace that this one cannot see. */
  readonly pid: number;
  readonly uid: number;
}

/**
 * Listens at a path, with mode 0600. A socket that nobody listens at any more is replaced.
 *
 * @param backlog connections that may wait
 * @returns a descriptor for `accept`
 * @throws {HostCallError} `exists` if another process listens there, `denied` if only root may
 */
export function listenUnix(path: string, backlog: number): number {
  return attempt(`listen at ${path}`, () => {
    const fd = checked(libc.socket(AF_UNIX, SOCK_STREAM | O_CLOEXEC | O_NONBLOCK, 0));
    try {
      if (hasListener(path)) {
        throw new HostCallError("exists", `Cannot listen at ${path} as another process does already`);
      }
      removeSocket(path);
      const before = libc.umask(0o177);
      try {
        checked(libc.bind(fd, addressOf(path), ADDRESS_BYTES));
      } finally {
        libc.umask(before);
      }
      checked(libc.listen(fd, backlog));
      return fd;
    } catch (error) {
      closeFile(fd);
      throw listenRefusal(path, error);
    }
  });
}

/**
 * The refusal of the file system to whoever wants to listen at a path: Deno's own errors name only the system call.
 *
 * @returns what else it is, unchanged
 */
export function listenRefusal(path: string, cause: unknown): unknown {
  const denied = cause instanceof Deno.errors.PermissionDenied || isErrno(cause, EPERM, EACCES);
  const uid = Deno.uid();
  if (denied && uid !== 0) {
    return new HostCallError(
      "denied",
      `Cannot listen at ${path} as user ${uid} lacks the permission for that; run it as root`,
    );
  }
  if (cause instanceof HostCallError || cause instanceof KernelError || !(cause instanceof Error)) return cause;
  return new HostCallError("io", `Cannot listen at ${path} as the file system refuses it: ${cause.message}`);
}

/**
 * Makes a listening socket that was inherited (sd_listen_fds(3)) like one of `listenUnix`.
 *
 * @throws {HostCallError} `invalid` if it is none
 */
export function adoptListener(fd: number): void {
  attempt(`take over the listening socket ${fd}`, () => {
    const [domain, listens] = [SO_DOMAIN, SO_ACCEPTCONN].map((option) => socketOption(fd, option, 4).getInt32(0, true));
    if (domain !== AF_UNIX || listens !== 1) {
      throw new HostCallError(
        "invalid",
        `Cannot take over the socket ${fd} as it is none of the UNIX domain that listens: look at ListenStream`,
      );
    }
    checked(libc.fcntl(fd, F_SETFL, O_NONBLOCK));
    checked(libc.fcntl(fd, F_SETFD, FD_CLOEXEC));
  });
}

/**
 * @returns nothing if there is no connection (any more): another thread was faster
 * @throws {KernelError} EMFILE and the like: the connection goes on waiting
 */
export function accept(listener: number): number | undefined {
  try {
    return checked(libc.accept4(listener, null, null, O_CLOEXEC));
  } catch (error) {
    if (isErrno(error, EAGAIN, EINTR, ECONNABORTED)) return undefined;
    throw error;
  }
}

/** A descriptor that threads wait for beside a socket; `wake` makes all of them go on, for ever. */
export function openWaker(): number {
  return attempt("make an eventfd", () => checked(libc.eventfd(0, O_CLOEXEC)));
}

/** @param waker of `openWaker` */
export function wake(waker: number): void {
  const one = new Uint8Array(128);
  one[0] = 1;
  writeFrom(waker, one, 8);
}

/** Whether something can be read, or accepted, from the first; waits until it can, or until the second is woken. */
export function waitReadable(fd: number, waker: number, timeoutMs: number): "readable" | "woken" | "timeout" {
  const bytes = new Uint8Array(128);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, fd, true);
  view.setInt16(4, POLLIN, true);
  view.setInt32(8, waker, true);
  view.setInt16(12, POLLIN, true);
  libc.poll(bytes, 2n, timeoutMs);
  if (view.getInt16(14, true) !== 0) return "woken";
  return view.getInt16(6, true) !== 0 ? "readable" : "timeout";
}

/** Whether the other end has closed the connection. */
export function isHungUp(fd: number): boolean {
  const bytes = new Uint8Array(128);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, fd, true);
  view.setInt16(4, POLLRDHUP, true);
  libc.poll(bytes, 1n, 0);
  return (view.getInt16(6, true) & (POLLERR | POLLHUP | POLLRDHUP)) !== 0;
}

/** @throws {KernelError} */
export function peerOf(fd: number): PeerCredentials {
  const view = socketOption(fd, SO_PEERCRED, 12);
  return { pid: view.getInt32(0, true), uid: view.getUint32(4, true) };
}

/** @throws {KernelError} */
function socketOption(fd: number, option: number, length: number): DataView {
  const [value, size] = [new Uint8Array(128), new Uint8Array(128)];
  new DataView(size.buffer).setUint32(0, length, true);
  checked(libc.getsockopt(fd, SOL_SOCKET, option, value, size));
  return new DataView(value.buffer);
}

/** Bounds each later read and write of a connection. */
export function setTimeouts(fd: number, ms: number): void {
  const bytes = new Uint8Array(128);
  const view = new DataView(bytes.buffer);
  view.setBigInt64(0, BigInt(Math.trunc(ms / 1000)), true);
  view.setBigInt64(8, BigInt(ms % 1000) * 1000n, true);
  for (const name of [SO_RCVTIMEO, SO_SNDTIMEO]) setSocketOption(fd, SOL_SOCKET, name, bytes.subarray(0, 16));
}

/**
 * Reads exactly so many bytes.
 *
 * @param deadline as `performance.now()` has it: no read begins after it, however often a byte comes
 * @returns nothing if the connection ends before, or in the time of `setTimeouts` none come
 */
export function readExactly(fd: number, length: number, deadline = Infinity): Uint8Array<ArrayBuffer> | undefined {
  const bytes = new Uint8Array(Math.max(128, length));
  for (let at = 0; at < length;) {
    if (performance.now() > deadline) return undefined;
    try {
      const count = readInto(fd, bytes.subarray(at, length));
      if (count === 0) return undefined;
      at += count;
    } catch (error) {
      if (isErrno(error, EINTR)) continue;
      if (error instanceof KernelError) return undefined;
      throw error;
    }
  }
  return bytes.subarray(0, length);
}

/** Writes all, without SIGPIPE. @returns whether the other end took it, in the time of `setTimeouts` */
export function writeAll(fd: number, bytes: Uint8Array<ArrayBuffer>): boolean {
  for (let at = 0; at < bytes.length;) {
    try {
      const rest = bytes.subarray(at);
      at += checked(libc.send(fd, rest, BigInt(rest.length), MSG_NOSIGNAL));
    } catch (error) {
      if (isErrno(error, EINTR)) continue;
      if (error instanceof KernelError) return false;
      throw error;
    }
  }
  return true;
}

/** Sends one datagram, as sd_notify(3) does. @param path a leading `@` is of the abstract namespace */
export function sendDatagram(path: string, text: string): void {
  const fd = checked(libc.socket(AF_UNIX, SOCK_DGRAM | O_CLOEXEC, 0));
  try {
    const length = 2 + new TextEncoder().encode(path).length;
    checked(libc.connect(fd, addressOf(path), length));
    const bytes = new Uint8Array(Math.max(128, text.length));
    const { written } = new TextEncoder().encodeInto(text, bytes);
    checked(libc.send(fd, bytes, BigInt(written), MSG_NOSIGNAL));
  } finally {
    closeFile(fd);
  }
}

/** struct sockaddr_un */
function addressOf(path: string): Uint8Array<ArrayBuffer> {
  const encoded = new TextEncoder().encode(path);
  if (encoded.length >= PATH_BYTES) {
    throw new HostCallError(
      "invalid",
      `Cannot use ${path} as a socket as its path is longer than ${PATH_BYTES - 1} bytes`,
    );
  }
  const bytes = new Uint8Array(128);
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, true);
  bytes.set(encoded, 2);
  if (path.startsWith("@")) bytes[2] = 0;
  return bytes;
}

function hasListener(path: string): boolean {
  const fd = checked(libc.socket(AF_UNIX, SOCK_STREAM | O_CLOEXEC | O_NONBLOCK, 0));
  try {
    checked(libc.connect(fd, addressOf(path), ADDRESS_BYTES));
    return true;
  } catch (error) {
    // Its queue is full.
    return isErrno(error, EAGAIN);
  } finally {
    closeFile(fd);
  }
}

/** Only a socket: a file of another kind is somebody's. */
function removeSocket(path: string): void {
  try {
    if (Deno.lstatSync(path).isSocket !== true) {
      throw new HostCallError("exists", `Cannot listen at ${path} as there is a file that is no socket: move it away`);
    }
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
