// CLOCK_MONOTONIC, which all processes and threads of a machine read alike. Deno's own clocks begin with each thread.

import { openForeignLibrary } from "./foreign_library.ts";

const CLOCK_MONOTONIC = 1;
const { symbols: libc } = openForeignLibrary("libc.so.6", {
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
});
const bytes = new Uint8Array(128);
const view = new DataView(bytes.buffer);

/** Nanoseconds since the machine's start. */
export function monotonicNs(): bigint {
  libc.clock_gettime(CLOCK_MONOTONIC, bytes);
  return view.getBigInt64(0, true) * 1_000_000_000n + view.getBigInt64(8, true);
}
