// Network namespaces with a name, as `ip netns add` and container runtimes make them: for tests, the demo and the lab.

import { attempt, EINVAL, ENOENT, hostCallError, isErrno } from "./errno.ts";
import { checked, closeFile, libc, O_RDONLY, openFile } from "./libc.ts";
import { bindMount, detachMount, unshare } from "./libc_mount.ts";
import { CLONE_NEWNET, currentNamespace } from "./namespace.ts";

/**
 * Makes an empty network namespace and mounts it at `path`; the file and its folders are made. Only this thread leaves
 * its namespace, and it returns before the function does.
 *
 * @throws {HostCallError} `exists` if there is a file already, `io` without CAP_SYS_ADMIN
 */
export function createNamespace(path: string): void {
  currentNamespace();
  const way = openFile("/proc/thread-self/ns/net", O_RDONLY);
  try {
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")) || "/", { recursive: true });
    Deno.writeTextFileSync(path, "", { createNew: true });
    try {
      attempt(`create the network namespace ${path}`, () => {
        unshare(CLONE_NEWNET);
        try {
          bindMount("/proc/thread-self/ns/net", path);
        } finally {
          checked(libc.setns(way, CLONE_NEWNET));
        }
      });
    } catch (error) {
      Deno.removeSync(path);
      throw error;
    }
  } finally {
    closeFile(way);
  }
}

/**
 * Unmounts the namespace at `path`, and removes the file. The namespace itself ends with its last user. Nothing to do is
 * success.
 *
 * @throws {HostCallError}
 */
export function deleteNamespace(path: string): void {
  try {
    detachMount(path);
  } catch (error) {
    if (isErrno(error, ENOENT)) return;
    // EINVAL: a plain file, since its mounting failed.
    if (!isErrno(error, EINVAL)) {
      throw hostCallError(`delete the network namespace ${path}`, error);
    }
  }
  Deno.removeSync(path);
}
