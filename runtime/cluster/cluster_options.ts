// The file that `cnidaria agent --cluster FILE` reads: which store, and how this node is reached.

import * as v from "valibot";
import { readSpecialFile } from "../../host-funcs/sys/special_file.ts";
import { checkStoreOptions } from "./store/open_store.ts";

/** As gethostname(2) has it. */
const HOST_NAME = "/proc/sys/kernel/hostname";

const text = v.pipe(v.string(), v.minLength(1));

/** What the file may say. */
export const clusterSchema = v.strictObject({
  node: v.optional(text),
  /** Each store has keys of its own: `store/open_store.ts` checks them. */
  store: v.looseObject({ type: v.picklist(["etcd", "kubernetes", "static"]) }),
  interface: v.optional(text),
  publicIp: v.optional(v.pipe(v.string(), v.ipv4())),
  publicIpv6: v.optional(v.pipe(v.string(), v.ipv6())),
  subnetFile: v.optional(text, "/run/flannel/subnet.env"),
  ipMasq: v.optional(v.boolean(), true),
  checksumOffload: v.optional(v.picklist(["auto", "on", "off"]), "auto"),
  compareSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 60),
});

/**
 * - `node`: name of this node; NODE_NAME of the environment, else the machine's name, where there is none.
 * - `interface`: the link by which others reach it, by name; else the one that has `publicIp`; else that of the default
 *   route.
 * - `publicIp`, `publicIpv6`: addresses by which others reach it; else the first of that link.
 * - `subnetFile`: where what this node has is written for the flannel plugin.
 * - `ipMasq`: whether the agent masquerades what leaves the network.
 * - `checksumOffload`: whether checksums of the tunnel's packets are left to hardware. `off` costs most of the throughput;
 *   `auto` is off for kernels that get them wrong (see `hasChecksumBug`); `on` leaves them as they are.
 * - `compareSeconds`: between two comparisons of all that is wanted with all that the kernel has.
 */
export type ClusterOptions = v.InferOutput<typeof clusterSchema> & { readonly node: string };

/**
 * Reads the file.
 *
 * @param env the environment
 * @throws {Error} a sentence that names the file and the key
 */
export function readClusterOptions(path: string, env: (name: string) => string | undefined): ClusterOptions {
  let json: unknown;
  try {
    json = JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    const why = error instanceof SyntaxError ? `it is no JSON: ${error.message}` : (error as Error).message;
    throw new Error(`Cannot use the cluster's configuration ${path} as ${why}`);
  }
  const checked = v.safeParse(clusterSchema, json, { abortEarly: true });
  if (!checked.success) {
    const [issue] = checked.issues;
    const key = JSON.stringify(v.getDotPath(issue) ?? "");
    throw new Error(`Cannot use the cluster's configuration ${path} as its key ${key} is invalid: ${issue.message}`);
  }
  checkStoreOptions(checked.output.store);
  return { ...checked.output, node: checked.output.node ?? (env("NODE_NAME") || readSpecialFile(HOST_NAME).trim()) };
}
