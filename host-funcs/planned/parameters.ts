// The kernel parameters of a plan: those of the node, seen through what the plan has set.

import type { Ns } from "cnidaria:cni/types@0.2.0";
import { KernelError } from "../sys/errno.ts";
import type { PlannedLinks } from "./links.ts";

const PROC_SYS = "/proc/sys/";
const ENOENT = 2;
const LINK_KEY = /^(net\/ipv[46]\/(?:conf|neigh))\/([^/]+)\/([^/]+)$/;

/** What a namespace begins with, where it is not 0. */
const INITIAL: Readonly<Record<string, string>> = {
  "accept_dad": "1",
  "accept_ra": "1",
  "autoconf": "1",
  "dad_transmits": "1",
  "enhanced_dad": "1",
  "ip_unprivileged_port_start": "1024",
  "ping_group_range": "1\t0",
  "proxy_delay": "80",
  "send_redirects": "1",
};

/** Reads a parameter of a namespace; undefined where the namespace does not exist yet. @throws {KernelError} */
export type ReadParameter = (ns: Ns, path: string) => string | undefined;

export class PlannedParameters {
  readonly #values = new Map<string, string>();

  constructor(private readonly source: ReadParameter, private readonly links: PlannedLinks) {}

  /** @throws {KernelError} ENOENT, as the file of a link that does not exist */
  read(ns: Ns, path: string): string {
    const key = path.slice(PROC_SYS.length);
    const [, group, name = "", parameter] = LINK_KEY.exec(key) ?? [];
    const isLink = group !== undefined && name !== "all" && name !== "default";
    const link = isLink ? this.links.byName(ns, name) : undefined;
    if (isLink && link === undefined) throw new KernelError(ENOENT);
    const set = this.#values.get(`${ns} ${link?.index ?? ""} ${key}`);
    if (set !== undefined) return set;
    // A link begins with the namespace's defaults.
    return link?.made ? this.read(ns, `${PROC_SYS}${group}/default/${parameter}`) : this.#initial(ns, path);
  }

  /** @throws {KernelError} as `read` */
  write(ns: Ns, path: string, value: string): void {
    this.read(ns, path);
    const key = path.slice(PROC_SYS.length);
    const name = LINK_KEY.exec(key)?.[2] ?? "";
    this.#values.set(`${ns} ${this.links.byName(ns, name)?.index ?? ""} ${key}`, value);
  }

  #initial(ns: Ns, path: string): string {
    const value = this.source(ns, path);
    if (value !== undefined) return value;
    // What this kernel does not have on the node it does not have anywhere.
    this.source("host", path.replace(/\/(conf|neigh)\/[^/]+\//, "/$1/default/"));
    return INITIAL[path.slice(path.lastIndexOf("/") + 1)] ?? "0";
  }
}
