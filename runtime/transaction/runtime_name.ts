// Which container runtime calls. Each attachment keeps the name, since two runtimes can share a network: neither knows
// the other's containers, and a GC of one must not take them for gone.

import { readSpecialFile } from "../../host-funcs/sys/special_file.ts";

/** Characters that are kept of a name. */
const LONGEST_NAME = 128;
/** What a process gets as its parent when its own is gone: it says nothing of who called. */
const INIT = 1;

/**
 * The name that CNIDARIA_RUNTIME gives; else that of the parent process, as `ps -o comm` shows it: `containerd`, `crio`.
 *
 * @param named CNIDARIA_RUNTIME
 * @returns the empty string where it cannot be told
 */
export function runtimeName(named: string | undefined, parent: number = Deno.ppid): string {
  if (named !== undefined && named !== "") return named.slice(0, LONGEST_NAME);
  if (parent <= INIT) return "";
  try {
    return readSpecialFile(`/proc/${parent}/comm`).trimEnd();
  } catch {
    return "";
  }
}

/** Whether an attachment is this runtime's to collect: where either is not known, it is. */
export function isOwn(runtime: string, own: string): boolean {
  return runtime === "" || own === "" || runtime === own;
}
