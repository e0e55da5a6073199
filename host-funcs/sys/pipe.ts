// Whether anybody reads at the other end of a pipe or socket.

import { openForeignLibrary } from "./foreign_library.ts";

/** include/uapi/asm-generic/poll.h */
const POLLERR = 0x8;
const POLLHUP = 0x10;

/**
 * Whether what is written to a descriptor is lost: the reading end of its pipe, or the other end of its socket, is
 * closed (poll(2)). A file or a terminal always has a reader.
 */
export function hasNoReader(fd: number): boolean {
  const { symbols, close } = openForeignLibrary("libc.so.6", {
    poll: { parameters: ["buffer", "usize", "i32"], result: "i32" },
  });
  try {
    const view = new DataView(new ArrayBuffer(128));
    view.setInt32(0, fd, true);
    symbols.poll(new Uint8Array(view.buffer), 1n, 0);
    return (view.getInt16(6, true) & (POLLERR | POLLHUP)) !== 0;
  } finally {
    close();
  }
}
