// Tells one network namespace, and one boot of the node, from another.

import { readSpecialFile, specialFileIdentity } from "../../host-funcs/sys/special_file.ts";

/**
 * The namespace that a path leads to: `device:inode` of nsfs. An inode number is used again once its namespace is gone.
 *
 * @returns nothing if the path leads nowhere
 */
export function netnsId(path: string): string | undefined {
  if (path === "") return undefined;
  try {
    return specialFileIdentity(path);
  } catch {
    return undefined;
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
