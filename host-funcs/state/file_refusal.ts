// What the file system refused, in words for the person who has to set it right.

import type { ErrorCode } from "cnidaria:cni/types@0.3.0";
import { HostCallError } from "../error.ts";

type Advice = readonly [words: RegExp, code: ErrorCode, why: string];

// By the text: Deno has no classes of its own for most of them.
const advice: readonly Advice[] = [
  [/os error 28\b/, "exhausted", "its disk is full. Nothing was changed: free space, and the call can be repeated"],
  [/os error 122\b/, "exhausted", "a disk quota is used up. Nothing was changed: raise it, or free space"],
  [/os error 30\b/, "io", "its file system is mounted read-only. Mount it for writing, and look at the kernel's log"],
  [/os error 2[34]\b/, "busy", "too many files are open. Raise the limit (ulimit -n, LimitNOFILE=), or try again"],
  [/os error 5\b/, "io", "the disk failed. Look at the kernel's log (dmesg)"],
  [/os error (?:1|13)\b/, "io", "the permission is missing. Look at the owner and mode of the file and its directory"],
  [/os error 20\b/, "io", "a part of its path is no directory. Move that away"],
  [/os error 2\b/, "io", "it is gone. Look at who removes files there"],
];

/**
 * The refusal that an error of a file's use is.
 *
 * @param what `write the journal`
 */
export function fileRefusal(what: string, path: string, cause: unknown): HostCallError {
  if (cause instanceof HostCallError) return cause;
  const words = cause instanceof Error ? cause.message : String(cause);
  const [, code, why] = advice.find(([pattern]) => pattern.test(words)) ?? ["", "io" as const, words];
  return new HostCallError(code, `Cannot ${what} ${path} as ${why}${why === words ? "" : ` (${words})`}`);
}
