// Files of /proc, /sys and nsfs, by libc: Deno refuses them to a program whose permissions are narrow, even where it may
// read everything.

import { closeFile, fileIdentity, O_NONBLOCK, O_RDONLY, openFile, readInto } from "./libc.ts";

/**
 * The whole text of a file.
 *
 * @throws {KernelError} such as ENOENT
 */
export function readSpecialFile(path: string): string {
  const fd = openFile(path, O_RDONLY);
  try {
    let bytes = new Uint8Array(4096);
    let length = 0;
    for (;;) {
      const buffer = new Uint8Array(4096);
      const count = readInto(fd, buffer);
      if (count === 0) return new TextDecoder().decode(bytes.subarray(0, length));
      if (length + count > bytes.length) {
        const larger = new Uint8Array(bytes.length * 2);
        larger.set(bytes);
        bytes = larger;
      }
      bytes.set(buffer.subarray(0, count), length);
      length += count;
    }
  } finally {
    closeFile(fd);
  }
}

/**
 * `device:inode` of what a path leads to, as `DEVICE_MAJOR:DEVICE_MINOR:INODE`; two network namespaces never have the
 * same at the same time.
 *
 * @throws {KernelError} such as ENOENT
 */
export function specialFileIdentity(path: string): string {
  // A pipe would otherwise keep the call waiting for whoever writes into it.
  const fd = openFile(path, O_RDONLY | O_NONBLOCK);
  try {
    const { device, inode } = fileIdentity(fd);
    return `${device}:${inode}`;
  } finally {
    closeFile(fd);
  }
}
