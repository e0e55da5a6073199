// errno values of Linux, in words. Source: include/uapi/asm-generic/errno-base.h and errno.h.

import type { ErrorCode } from "cnidaria:cni/types@0.3.0";
import { HostCallError } from "../error.ts";

/** What the kernel answered. Host functions turn it into a `HostCallError` that says what they were about to do. */
export class KernelError extends Error {
  override readonly name = "KernelError";

  /**
   * @param errno a positive errno
   * @param text the kernel's own words (netlink extended ACK), where it gave some
   * @param offset where in the request the offending attribute begins (NLMSGERR_ATTR_OFFS), bytes
   */
  constructor(readonly errno: number, readonly text?: string, readonly offset?: number) {
    super(`${describe(errno)[1]} (${describe(errno)[0]})${text ? `: ${text}` : ""}`);
  }
}

type Description = readonly [name: string, reason: string, code: ErrorCode];

const descriptions: Readonly<Record<number, Description>> = {
  1: ["EPERM", "the process lacks a privilege (CAP_NET_ADMIN, CAP_SYS_ADMIN or root)", "io"],
  2: ["ENOENT", "it does not exist", "not-found"],
  3: ["ESRCH", "it does not exist", "not-found"],
  5: ["EIO", "of an input or output error", "io"],
  6: ["ENXIO", "there is no such device or address", "not-found"],
  9: ["EBADF", "the file is closed", "io"],
  11: ["EAGAIN", "the kernel did not answer in time", "timeout"],
  12: ["ENOMEM", "the kernel has no memory left", "exhausted"],
  13: ["EACCES", "the permission is missing", "io"],
  16: ["EBUSY", "it is in use", "busy"],
  17: ["EEXIST", "it exists already", "exists"],
  19: ["ENODEV", "there is no such link", "not-found"],
  20: ["ENOTDIR", "a part of the path is not a directory", "invalid"],
  21: ["EISDIR", "it is a directory", "invalid"],
  22: ["EINVAL", "the kernel finds an argument invalid", "invalid"],
  24: ["EMFILE", "the process has too many open files", "exhausted"],
  28: ["ENOSPC", "no space is left", "exhausted"],
  30: ["EROFS", "the file system is mounted read-only", "io"],
  31: ["EMLINK", "too many refer to it", "invalid"],
  34: ["ERANGE", "a value is out of its range", "invalid"],
  36: ["ENAMETOOLONG", "the name is too long", "invalid"],
  40: ["ELOOP", "it would make a loop", "invalid"],
  71: ["EPROTO", "this kernel lacks what it needs: a module of nf_tables or of nf_conntrack?", "unsupported"],
  88: ["ENOTSOCK", "it is no socket", "invalid"],
  90: ["EMSGSIZE", "it is too long for one message", "exhausted"],
  93: ["EPROTONOSUPPORT", "this kernel does not support the protocol", "unsupported"],
  95: ["EOPNOTSUPP", "this kernel, or this kind of link, does not support it", "unsupported"],
  97: ["EAFNOSUPPORT", "this kernel does not support the address family (is IPv6 off?)", "unsupported"],
  98: ["EADDRINUSE", "the address is in use", "exists"],
  99: ["EADDRNOTAVAIL", "there is no such address", "not-found"],
  100: ["ENETDOWN", "the link is down", "invalid"],
  101: ["ENETUNREACH", "the gateway cannot be reached: no address of a link covers it", "invalid"],
  105: ["ENOBUFS", "the kernel has no buffer space left", "exhausted"],
  107: ["ENOTCONN", "the link is not connected", "invalid"],
  110: ["ETIMEDOUT", "it took too long", "timeout"],
  113: ["EHOSTUNREACH", "the gateway cannot be reached: no address of a link covers it", "invalid"],
};

function describe(errno: number): Description {
  return descriptions[errno] ?? [`errno ${errno}`, "the kernel refused", "io"];
}

export const EPERM = 1;
export const ENOENT = 2;
export const ESRCH = 3;
export const EINTR = 4;
export const ENXIO = 6;
export const EAGAIN = 11;
export const EACCES = 13;
export const EBUSY = 16;
export const EEXIST = 17;
export const ENODEV = 19;
export const ENOTDIR = 20;
export const EINVAL = 22;
export const ENAMETOOLONG = 36;
export const ELOOP = 40;
export const EOPNOTSUPP = 95;
export const EAFNOSUPPORT = 97;
export const EADDRINUSE = 98;
export const EADDRNOTAVAIL = 99;
export const ENETDOWN = 100;
export const ENETUNREACH = 101;
export const ECONNABORTED = 103;
export const ENOBUFS = 105;
export const EHOSTUNREACH = 113;

/** True where `error` is the kernel's answer, and one of these. */
export function isErrno(error: unknown, ...values: number[]): boolean {
  return error instanceof KernelError && values.includes(error.errno);
}

/**
 * The error of a host function for an answer of the kernel: `Cannot <what> as <reason> (<ERRNO>)`, followed by the
 * kernel's own words where it gave some. Anything that is no `KernelError` is handed back unchanged.
 */
export function hostCallError(what: string, error: unknown): unknown {
  if (!(error instanceof KernelError)) return error;
  const [name, reason, code] = describe(error.errno);
  const words = error.text ? `; the kernel says: ${error.text}` : "";
  return new HostCallError(code, `Cannot ${what} as ${reason} (${name})${words}`, error.errno);
}

/** Runs `fn`, and turns an answer of the kernel into the host function's error. */
export function attempt<T>(what: string, fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    throw hostCallError(what, error);
  }
}
