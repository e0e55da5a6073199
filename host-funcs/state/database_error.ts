// SQLite's refusals, in words for the person who has to set them right.

import { HostCallError } from "../error.ts";
import type { ErrorCode } from "cnidaria:cni/types@0.1.0";

// Primary result codes, sqlite3.h.
const advice = new Map<number, readonly [ErrorCode, string]>([
  [5, [
    "busy",
    "another process has been writing to it for 10 seconds. If this lasts, look for a stopped cnidaria process",
  ]],
  [8, ["io", "it cannot be written to. Mount its file system for writing, or correct the owner of the file"]],
  [10, ["io", "the disk failed. Look at the kernel's log (dmesg)"]],
  [11, ["io", corrupt()]],
  [13, ["exhausted", "its disk is full. Nothing was changed: free space, and the call can be repeated"]],
  [14, ["io", "the file or its directory is missing or cannot be opened. Look at the owner and mode of both"]],
  [26, ["io", corrupt()]],
]);

/** The refusal that an error of node:sqlite is; an error that is none of SQLite's is handed back as it is. */
export function databaseError(path: string, cause: unknown): Error {
  if (cause instanceof HostCallError) return cause;
  const error = cause as Error & { errcode?: number };
  if (typeof error.errcode !== "number") return error;
  const known = advice.get(error.errcode & 0xff);
  const code = known?.[0] ?? "io";
  const why = known?.[1] ?? "SQLite refused";
  return new HostCallError(code, `Cannot use the state database as ${why}: ${path} (SQLite: ${error.message})`);
}

function corrupt(): string {
  return "it is damaged. Keep a copy, then restore it, or move it away and drain the node: leases of running pods are in it";
}
