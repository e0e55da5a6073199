// Has bridges ask the packet filter, whose rules would not see what pods of one bridge say to each other.

import { ENOENT, isErrno } from "../../host-funcs/sys/errno.ts";
import { currentNamespace } from "../../host-funcs/sys/namespace.ts";
import { BRIDGE_FILTER_FOLDER, BRIDGE_FILTER_KEYS } from "../../host-funcs/sysctl/bridge_filter_keys.ts";
import { readFile, writeFile } from "../../host-funcs/sysctl/file.ts";

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
export function ensureBridgeFilter(folder: string = BRIDGE_FILTER_FOLDER): BridgeFilter {
  const namespace = currentNamespace();
  const switched: string[] = [];
  try {
    for (const key of BRIDGE_FILTER_KEYS) {
      if (readFile(namespace, `${folder}/${key}`) === "1") continue;
      writeFile(namespace, `${folder}/${key}`, new TextEncoder().encode("1"));
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
