// Tells one network namespace, and one boot of the node, from another.

/**
 * The namespace that a path leads to: `device:inode` of nsfs. An inode number is used again once its namespace is gone.
 *
 * @returns nothing if the path leads nowhere
 */
export function netnsId(path: string): string | undefined {
  try {
    const { dev, ino } = Deno.statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/** The node's own network namespace. */
export function hostNetnsId(): string {
  return netnsId("/proc/self/ns/net") ?? "";
}

/** Changes with each boot (proc(5), random/boot_id). */
export function bootId(): string {
  return Deno.readTextFileSync("/proc/sys/kernel/random/boot_id").trim();
}
