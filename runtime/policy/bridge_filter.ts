// What passes from pod to pod over one bridge is seen by rules of `inet` only where the kernel is told so: by two parameters
// of the network namespace, which br_netfilter has (Documentation/networking/ip-sysctl.rst of Linux, bridge-nf-call-*).

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
      if (Deno.readTextFileSync(`${folder}/${key}`).trim() === "1") continue;
      Deno.writeTextFileSync(`${folder}/${key}`, "1", { create: false });
      switched.push(key);
    }
    return { ok: true, switched };
  } catch (error) {
    const cannot = "Cannot have packets between pods of one bridge judged by network policies as";
    const why = error instanceof Deno.errors.NotFound
      ? `${cannot} the kernel has no br_netfilter: load it with "modprobe br_netfilter"`
      : `${cannot} net.bridge cannot be set: ${(error as Error).message}`;
    return { ok: false, switched, why };
  }
}
