// The kernel parameters of a plan: those of the node, seen through what the plan has set.

import { KernelError } from "../sys/errno.ts";
import type { PlannedLinks } from "./links.ts";
import type { Place } from "./place.ts";

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
  "hop_limit": "64",
  "ip_local_reserved_ports": "",
  "ip_unprivileged_port_start": "1024",
  "ping_group_range": "1\t0",
  "proxy_delay": "80",
  "send_redirects": "1",
  "somaxconn": "4096",
};

/** Reads a parameter of a namespace; undefined where the namespace does not exist yet. @throws {KernelError} */
export type ReadParameter = (ns: Place, path: string) => string | undefined;

export class PlannedParameters {
  readonly #values = new Map<string, string>();
  /** Of those: what `set` tells, and the value at first. */
  readonly #told = new Map<string, { line: string; before: string }>();

  constructor(private readonly source: ReadParameter, private readonly links: PlannedLinks) {}

  /** @throws {KernelError} ENOENT, as the file of a link that does not exist */
  read(ns: Place, path: string): string {
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
  write(ns: Place, path: string, value: string): void {
    const before = this.read(ns, path);
    const key = path.slice(PROC_SYS.length);
    const name = LINK_KEY.exec(key)?.[2] ?? "";
    const held = `${ns} ${this.links.byName(ns, name)?.index ?? ""} ${key}`;
    this.#values.set(held, value);
    if (!this.#told.has(held)) this.#told.set(held, { line: `${ns} ${key}`, before });
  }

  /** What is not as it was at first, of links that are there: `NAMESPACE KEY = VALUE`. */
  set(): string[] {
    return [...this.#told].filter(([key, { before }]) => this.#values.get(key) !== before && this.#isThere(key))
      .map(([key, { line }]) => `${line} = ${this.#values.get(key)}`);
  }

  /** A namespace that is gone, or made anew, has what namespaces begin with. */
  forget(place: Place): void {
    for (const key of this.#values.keys()) if (key.startsWith(`${place} `)) this.#values.delete(key);
  }

  #isThere(key: string): boolean {
    const [, place, index] = /^(.*) (\d*) [^ ]+$/.exec(key) ?? [];
    return index === "" || this.links.all(place as Place).some((link) => link.index === Number(index));
  }

  #initial(ns: Place, path: string): string {
    const value = this.source(ns, path);
    if (value !== undefined) return value;
    // What this kernel does not have on the node it does not have anywhere.
    this.source("host", path.replace(/\/(conf|neigh)\/[^/]+\//, "/$1/default/"));
    return INITIAL[path.slice(path.lastIndexOf("/") + 1)] ?? "0";
  }
}
