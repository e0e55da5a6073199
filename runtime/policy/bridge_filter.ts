// What passes from pod to pod over one bridge is seen by rules of `inet` only where the kernel is told so: by two parameters
// of the network namespace, which br_netfilter has (Documentation/networking/ip-sysctl.rst of Linux, bridge-nf-call-*).

import { ENOENT, isErrno } from "../../host-funcs/sys/errno.ts";
import { closeFile, O_WRONLY, openFile, writeFrom } from "../../host-funcs/sys/libc.ts";
import { readSpecialFile } from "../../host-funcs/sys/special_file.ts";

const KEYS = ["bridge-nf-call-iptables", "bridge-nf-call-ip6tables"] as const;
const FOLDER = "/proc/sys/net/bridge";

/** Bridged packets that are not judged would be a hole in every policy. */
export interface BridgeFilter {
  /** Whether it is as it has to be by now. */
  readonly ok: boolean;
  /** What was switched on just now. */
  readonly switched: readonly string[];
  /** Why it cannot be so, as a sentence that says what to do. */
  readonly why?: string;
}

/** Switches it on. Of the thread's own namespace. @param folder of the parameters */
export function ensureBridgeFilter(folder: string = FOLDER): BridgeFilter {
  const switched: string[] = [];
  try {
    for (const key of KEYS) {
      if (readSpecialFile(`${folder}/${key}`).trim() === "1") continue;
      switchOn(`${folder}/${key}`);
      switched.push(key);
    }
    return { ok: true, switched };
  } catch (error) {
    const cannot = "Cannot have packets between pods of one bridge judged by network policies as";
    const why = isErrno(error, ENOENT)
      ? `${cannot} the kernel has no br_netfilter: load it with "modprobe br_netfilter"`
      : `${cannot} net.bridge cannot be set: ${(error as Error).message}`;
    return { ok: false, switched, why };
  }
}

/** By libc, as Deno refuses the file to a program that has not all permissions. @throws {KernelError} */
function switchOn(path: string): void {
  const fd = openFile(path, O_WRONLY);
  try {
    const value = new Uint8Array(128);
    value[0] = "1".charCodeAt(0);
    writeFrom(fd, value, 1);
  } finally {
    closeFile(fd);
  }
}
