// Network namespaces: opened by path, entered for as long as a synchronous function runs. setns(2) acts on the calling
// thread, so nothing asynchronous may happen in between: a pool thread that is born inside a pod's namespace stays
// there for ever.

import { HostCallError } from "../error.ts";
import { attempt, EINVAL, ENOENT, hostCallError, isErrno } from "./errno.ts";
import { checked, closeFile, fileIdentity, libc, O_NONBLOCK, O_RDONLY, openFile } from "./libc.ts";

const { setns, socket } = libc;

export const CLONE_NEWNET = 0x40000000;
const SOCK_CLOEXEC = 0o2000000;

/** The namespace that this thread is entered in by `run`, if any. */
let entered: NetworkNamespace | undefined;
let home: NetworkNamespace | undefined;

/** A network namespace that is held open: it lives on at least until `close`. */
export class NetworkNamespace {
  #fd: number;

  /** Use `openNamespace` or `currentNamespace`. */
  constructor(
    fd: number,
    /** For messages. */
    readonly path: string,
    /** Number of the namespace, as `readlink /proc/PID/ns/net` shows it. */
    readonly inode: number,
    /** Device of nsfs, `major:minor`: with the inode it names a namespace until the machine restarts. */
    readonly device: string,
  ) {
    this.#fd = fd;
  }

  /** The open descriptor, for IFLA_NET_NS_FD. It is the namespace's own: do not close it. */
  get fd(): number {
    return this.#fd;
  }

  /**
   * Runs a synchronous function on this thread inside the namespace, and comes back. If the way back fails, the process
   * ends: it could do nothing that is right from there on.
   *
   * @throws {HostCallError} `invalid` if it is no network namespace, `not-found` if it has been closed
   * @throws {TypeError} for an asynchronous function, and inside another `run`
   */
  run<T>(fn: () => T): T {
    if (fn.constructor.name === "AsyncFunction") {
      throw new TypeError("Cannot run an asynchronous function in a network namespace: it would end elsewhere");
    }
    if (entered !== undefined) {
      throw new TypeError(`Cannot enter ${this.path} as the thread is in ${entered.path} already: enter one at a time`);
    }
    const back = currentNamespace();
    const elsewhere = this.inode !== back.inode;
    if (elsewhere) this.#enter();
    entered = this;
    let result: T;
    try {
      result = fn();
    } finally {
      entered = undefined;
      if (elsewhere && setns(back.#fd, CLONE_NEWNET) !== 0) abandon(this.path);
    }
    if (typeof (result as { then?: unknown } | null | undefined)?.then === "function") {
      throw new TypeError(
        "Cannot run a function that returns a promise in a network namespace: it would end elsewhere",
      );
    }
    return result;
  }

  /**
   * A socket of this namespace. It stays there, wherever it is used.
   *
   * @returns a file descriptor, close-on-exec
   * @throws {HostCallError}
   */
  openSocket(domain: number, type: number, protocol: number): number {
    return attempt(
      `open a socket in ${this.path}`,
      () => this.run(() => checked(socket(domain, type | SOCK_CLOEXEC, protocol))),
    );
  }

  close(): void {
    if (this.#fd < 0 || this === home) return;
    closeFile(this.#fd);
    this.#fd = -1;
  }

  #enter(): void {
    if (this.#fd < 0) {
      throw new HostCallError("not-found", `Cannot enter the network namespace ${this.path} as it has been closed`);
    }
    try {
      checked(setns(this.#fd, CLONE_NEWNET));
    } catch (error) {
      if (isErrno(error, EINVAL)) throw notANamespace(this.path);
      throw hostCallError(`enter the network namespace ${this.path}`, error);
    }
  }
}

/** Whether `currentNamespace` has been asked for: from then on this thread must not leave it for good. */
export function hasCurrentNamespace(): boolean {
  return home !== undefined;
}

/** The namespace that this thread was in when it first asked. It is never closed. */
export function currentNamespace(): NetworkNamespace {
  if (home === undefined) {
    const path = "/proc/thread-self/ns/net";
    const fd = attempt(`open ${path} (is /proc mounted?)`, () => openFile(path, O_RDONLY));
    const { device, inode } = fileIdentity(fd);
    home = new NetworkNamespace(fd, path, inode, device);
  }
  return home;
}

/**
 * Opens a namespace by its path (`/var/run/netns/NAME`, `/proc/PID/ns/net`).
 *
 * @throws {HostCallError} `not-found` if there is nothing at the path, `invalid` if it is no network namespace
 */
export function openNamespace(path: string): NetworkNamespace {
  if (!path.startsWith("/") || path.includes("\0")) {
    throw new HostCallError("invalid", `Cannot open a network namespace as its path is not absolute: "${path}"`);
  }
  let fd: number;
  try {
    // A pipe would otherwise keep the call waiting for whoever writes into it.
    fd = openFile(path, O_RDONLY | O_NONBLOCK);
  } catch (error) {
    if (isErrno(error, ENOENT)) {
      throw new HostCallError(
        "not-found",
        `Cannot open the network namespace ${path} as there is no such file: the container is gone, or was never started`,
        ENOENT,
      );
    }
    throw hostCallError(`open the network namespace ${path}`, error);
  }
  const { device, inode } = fileIdentity(fd);
  // All namespaces are files of one file system (nsfs). Which kind of namespace it is, setns says.
  if (device !== currentNamespace().device) {
    closeFile(fd);
    throw notANamespace(path);
  }
  return new NetworkNamespace(fd, path, inode, device);
}

function notANamespace(path: string): HostCallError {
  return new HostCallError(
    "invalid",
    `Cannot use ${path} as a network namespace as it is none: a bind mount of /proc/PID/ns/net is wanted`,
  );
}

function abandon(path: string): never {
  const text =
    `cnidaria: Cannot return from the network namespace ${path}: the process ends before it does harm there\n`;
  Deno.stderr.writeSync(new TextEncoder().encode(text));
  Deno.exit(1);
}
