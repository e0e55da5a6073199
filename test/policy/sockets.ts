// Sockets of the lab's namespaces, for a prober that has hundreds of them: libc by FFI, nothing waits but `pollAll`. A
// socket is opened inside a namespace, and stays there.

import { KernelError } from "../../host-funcs/sys/errno.ts";
import { checked, closeFile, errno } from "../../host-funcs/sys/libc.ts";
import { parseAddress } from "../../host-funcs/sys/ip_address.ts";

const { symbols: libc } = Deno.dlopen("libc.so.6", {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  accept4: { parameters: ["i32", "pointer", "pointer", "i32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "isize" },
  recvfrom: { parameters: ["i32", "buffer", "usize", "i32", "pointer", "pointer"], result: "isize" },
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32" },
});

export const [SOCK_STREAM, SOCK_DGRAM, SOCK_RAW] = [1, 2, 3];
export const IPPROTO_SCTP = 132;

const [AF_INET, AF_INET6] = [2, 10];
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const MSG_NOSIGNAL = 0x4000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_LINGER = 13;
const SO_RCVBUF = 8;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;

export type Family = 4 | 6;
export type SocketAddress = Uint8Array<ArrayBuffer>;

/** struct sockaddr_in or sockaddr_in6; memory of 128 bytes, which does not move. */
export function socketAddress(address: string, port: number): SocketAddress {
  const { family, bytes } = parseAddress(address);
  const memory = new Uint8Array(128);
  const view = new DataView(memory.buffer);
  view.setUint16(0, family, true);
  view.setUint16(2, port);
  memory.set(bytes, family === AF_INET ? 4 : 8);
  return memory;
}

function lengthOf(address: SocketAddress): number {
  return address[0] === AF_INET ? 16 : 28;
}

const option = new Uint8Array(128);

function set(fd: number, level: number, name: number, ...values: number[]): void {
  const view = new DataView(option.buffer);
  values.forEach((value, at) => view.setInt32(at * 4, value, true));
  checked(libc.setsockopt(fd, level, name, option, values.length * 4));
}

/** A socket of the namespace in which the thread is. @throws {KernelError} */
export function open(family: Family, type: number, protocol = 0): number {
  const fd = checked(
    libc.socket(family === 4 ? AF_INET : AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol),
  );
  if (family === 6 && type !== SOCK_RAW) set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  return fd;
}

/** Closing it resets the connection: nothing stays behind. */
export function resetAtClose(fd: number): void {
  set(fd, SOL_SOCKET, SO_LINGER, 1, 0);
}

/** @throws {KernelError} */
export function bindTo(fd: number, address: SocketAddress): void {
  set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  checked(libc.bind(fd, address, lengthOf(address)));
}

export function receiveMuch(fd: number): void {
  set(fd, SOL_SOCKET, SO_RCVBUF, 1 << 20);
}

/** @throws {KernelError} */
export function listen(fd: number): void {
  checked(libc.listen(fd, 512));
}

/** Connections that wait, each of them closed. @returns how many there were */
export function drainListener(fd: number): number {
  for (let count = 0;; count++) {
    const connection = libc.accept4(fd, null, null, SOCK_CLOEXEC);
    if (connection < 0) return count;
    closeFile(connection);
  }
}

export function accept(fd: number): number | undefined {
  const connection = libc.accept4(fd, null, null, SOCK_CLOEXEC | SOCK_NONBLOCK);
  return connection < 0 ? undefined : connection;
}

const EINPROGRESS = 115;

/** Begins to connect. @returns whether it has begun; not where the kernel knows no way */
export function connect(fd: number, address: SocketAddress): boolean {
  return libc.connect(fd, address, lengthOf(address)) === 0 || errno() === EINPROGRESS;
}

const EPERM = 1;

/**
 * @returns whether it has left: a rule of the sender's own namespace can say no
 * @throws {KernelError} for anything else
 */
export function sendTo(fd: number, bytes: Uint8Array<ArrayBuffer>, length: number, address: SocketAddress): boolean {
  if (libc.sendto(fd, bytes, BigInt(length), MSG_NOSIGNAL, address, lengthOf(address)) >= 0) return true;
  const reason = errno();
  // What an earlier datagram of this socket met with is told at the next one: that one has to be sent again.
  if (reason === EPERM) return false;
  throw new KernelError(reason);
}

/** @returns how many bytes; -1 where there is nothing (more) */
export function receive(fd: number, into: Uint8Array<ArrayBuffer>): number {
  return Number(libc.recvfrom(fd, into, BigInt(into.length), 0, null, null));
}

const POLLOUT = 4;
const POLLERR = 8;
const POLLHUP = 16;

/** Connections that are being made. A descriptor that is done is not looked at again. */
export class Connecting {
  readonly #memory: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #left: number;

  constructor(private readonly fds: readonly number[]) {
    this.#memory = new Uint8Array(Math.max(128, fds.length * 8));
    this.#view = new DataView(this.#memory.buffer);
    fds.forEach((fd, at) => {
      this.#view.setInt32(at * 8, fd, true);
      this.#view.setInt16(at * 8 + 4, POLLOUT, true);
    });
    this.#left = fds.length;
  }

  /** Waits until all are decided, at most so long. `done` is told the place of each that is connected. */
  wait(timeoutMs: number, done: (at: number) => void): void {
    const deadline = performance.now() + timeoutMs;
    for (let left = timeoutMs; this.#left > 0 && left > 0; left = deadline - performance.now()) {
      const ready = libc.poll(this.#memory, BigInt(this.fds.length), Math.ceil(left));
      if (ready > 0) this.#take(done);
    }
  }

  #take(done: (at: number) => void): void {
    for (let at = 0; at < this.fds.length; at++) {
      const events = this.#view.getInt16(at * 8 + 6, true);
      if (events === 0) continue;
      if ((events & POLLOUT) !== 0 && (events & (POLLERR | POLLHUP)) === 0) done(at);
      this.#view.setInt32(at * 8, -1, true);
      this.#view.setInt16(at * 8 + 6, 0, true);
      this.#left--;
    }
  }
}
