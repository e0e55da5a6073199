// Tells one network namespace, and one boot of the node, from another.

import { ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, ENXIO, ESRCH, hostCallError, isErrno } from "./errno.ts";
import { readSpecialFile, specialFileIdentity } from "./special_file.ts";

/**
 * The namespace that a path leads to: `device:inode` of nsfs. An inode number is used again once its namespace is gone.
 *
 * @returns nothing if the path leads nowhere
 * @throws {HostCallError} where that cannot be told: a namespace that cannot be looked at is not gone
 */
export function netnsId(path: string): string | undefined {
  if (path === "") return undefined;
  try {
    return specialFileIdentity(path);
  } catch (error) {
    if (isErrno(error, ENOENT, ENOTDIR, ESRCH, ENXIO, ELOOP, ENAMETOOLONG)) return undefined;
    throw hostCallError(`look up the network namespace ${path}`, error);
  }
}

/** The node's own network namespace. */
export function hostNetnsId(): string {
  return specialFileIdentity("/proc/thread-self/ns/net");
}

let boot: string | undefined;

/** Changes with each boot (proc(5), random/boot_id). */
export function bootId(): string {
  boot ??= readSpecialFile("/proc/sys/kernel/random/boot_id").trim();
  return boot;
}
