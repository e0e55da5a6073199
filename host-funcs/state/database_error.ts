// SQLite's refusals, in words for the person who has to set them right.

import { HostCallError } from "../error.ts";
import type { ErrorCode } from "cnidaria:cni/types@0.3.0";

type Advice = readonly [words: string, code: ErrorCode, why: string];

const damaged = "it is damaged. Try again: the next call sets it aside and rebuilds it from the ledger's copies";

// By sqlite3_errstr(): node:sqlite gives the number of the result only for prepared statements.
const advice: readonly Advice[] = [
  ["is locked", "busy", "another process has been writing to it for 10 seconds. Look for a stopped cnidaria process"],
  [
    "readonly database",
    "io",
    "it cannot be written to. Mount its file system for writing, or correct the file's owner",
  ],
  [
    "disk I/O error",
    "io",
    "its disk is full or has failed. Look at the space that is left, and at the kernel's log (dmesg)",
  ],
  ["disk is full", "exhausted", "its disk is full. Nothing was changed: free space, and the call can be repeated"],
  ["unable to open", "io", "the file or its directory cannot be opened. Look at the owner and mode of both"],
  ["malformed", "busy", damaged],
  ["not a database", "busy", damaged],
];

/** Whether SQLite says that the file is not what it wrote. */
export function isDamage(cause: unknown): boolean {
  const { code, message } = cause as Error & { code?: string };
  return code === "ERR_SQLITE_ERROR" && /malformed|not a database/.test(message);
}

/** Whether another process has it locked. */
export function isLocked(cause: unknown): boolean {
  const { code, message } = cause as Error & { code?: string };
  return code === "ERR_SQLITE_ERROR" && /is locked/.test(message);
}

/** The refusal that an error of node:sqlite is; an error that is none of SQLite's is handed back as it is. */
export function databaseError(path: string, cause: unknown): Error {
  const error = cause as Error & { code?: string };
  if (error.code !== "ERR_SQLITE_ERROR") return error;
  const [, code, why] = advice.find(([words]) => error.message.includes(words)) ??
    ["", "io" as const, "SQLite refused"];
  return new HostCallError(code, `Cannot use the state database as ${why}: ${path} (SQLite: ${error.message})`);
}
