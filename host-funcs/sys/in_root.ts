// Files as another process finds them: a path is followed from that process's root, absolute symbolic links included
// (openat2(2), RESOLVE_IN_ROOT; Linux 5.6). Following /proc/<pid>/root/<path> by open(2) would end in one's own files
// wherever a symbolic link on the way begins with a slash, as /var/run does.

import { checked, closeFile, cString, fileIdentity, openFile } from "./libc.ts";

const { symbols: { syscall } } = Deno.dlopen("libc.so.6", {
  // Of openat2(2), for which the C library has no function: number, directory, path, struct open_how, its size.
  syscall: { parameters: ["i64", "i32", "buffer", "buffer", "usize"], result: "i64" },
});

/** The same on every architecture. */
const SYS_OPENAT2 = 437n;
const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;
const RESOLVE_IN_ROOT = 0x10n;

/**
 * Identity of a file as `specialFileIdentity` has it.
 *
 * @param pid of the process whose root directory the path is followed from
 * @throws {KernelError} such as ENOENT; ELOOP where a link of /proc is on the way; ENOSYS before Linux 5.6
 */
export function identityInRoot(pid: number, path: string): string {
  const root = openFile(`/proc/${pid}/root`, O_PATH);
  try {
    // struct open_how: flags, mode, resolve.
    const how = new BigUint64Array(new ArrayBuffer(128));
    how.set([BigInt(O_PATH | O_CLOEXEC), 0n, RESOLVE_IN_ROOT]);
    const file = checked(syscall(SYS_OPENAT2, root, cString(path), new Uint8Array(how.buffer), 24n));
    try {
      const { device, inode } = fileIdentity(file);
      return `${device}:${inode}`;
    } finally {
      closeFile(file);
    }
  } finally {
    closeFile(root);
  }
}
