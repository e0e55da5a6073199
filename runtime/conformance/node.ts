// A node of the suite: a fresh network namespace, with pods beside it and a folder for all that plugins keep. They are
// looked at with iproute2, and not with the code under test.

import { createNamespace, deleteNamespace } from "../../host-funcs/sys/namespace_create.ts";
import { type Outcome, plainEnvironment, runProgram, said } from "./process.ts";

/** One interface as `ip -json address` tells it. */
export interface KernelLink {
  readonly ifname: string;
  readonly address?: string;
  readonly flags: readonly string[];
  readonly addr_info: readonly { local: string; prefixlen: number; scope: string }[];
}

/** A network namespace of the suite. */
export class Place {
  constructor(readonly path: string) {}

  run(argv: readonly string[], env = plainEnvironment(), input?: string): Promise<Outcome> {
    return runProgram(["nsenter", `--net=${this.path}`, "--", ...argv], env, input);
  }

  /** `ip` with words separated by one space. @throws {Error} where it fails: the suite's own trouble */
  async ip(words: string): Promise<string> {
    const outcome = await this.run(["ip", ...words.split(" ")]);
    if (outcome.code !== 0) throw new Error(`Cannot run ip ${words} in ${this.path}: ${said(outcome)}`);
    return outcome.stdout;
  }

  /** The interface; undefined where there is none of that name. */
  async link(name: string): Promise<KernelLink | undefined> {
    return (await this.#json<KernelLink>("-json address show")).find(({ ifname }) => ifname === name);
  }

  async links(): Promise<KernelLink[]> {
    return await this.#json<KernelLink>("-json address show");
  }

  /** Destinations and gateways of both families' main tables. */
  async routes(): Promise<{ dst: string; gateway?: string; dev?: string }[]> {
    return [
      ...await this.#json<{ dst: string }>("-json route show"),
      ...await this.#json<{ dst: string }>(
        "-json -6 route show",
      ),
    ];
  }

  async #json<T>(words: string): Promise<T[]> {
    const text = (await this.ip(words)).trim();
    // Of an empty namespace iproute2 tells an empty object in the list.
    return text === "" ? [] : (JSON.parse(text) as T[]).filter((it) => Object.keys(it as object).length > 0);
  }
}

export class SuiteNode implements AsyncDisposable {
  readonly place: Place;
  readonly #made: string[] = [];

  /** @param directory of this node alone; it goes with the node */
  constructor(readonly directory: string) {
    Deno.mkdirSync(directory, { recursive: true });
    this.place = this.#namespace("node");
  }

  /** A pod: an empty namespace, as a container runtime hands it to a plugin. */
  pod(): Place {
    return this.#namespace(`pod-${this.#made.length}`);
  }

  /** A pod's namespace goes, as when its last process has ended. */
  end(pod: Place): void {
    deleteNamespace(pod.path);
  }

  /** Links, addresses, routes, rules and packet filter of the node, as lines without what changes by itself. */
  async state(): Promise<string[]> {
    const script = "ip -o address show; ip -o link show; ip route show table all; ip -6 route show table all; " +
      "ip rule show; nft list ruleset 2>/dev/null; iptables-save 2>/dev/null; true";
    const { stdout } = await this.place.run(["sh", "-c", script]);
    return stdout.split("\n").map(plain).filter((line) => line !== "" && !COMES_BY_ITSELF.test(line)).sort();
  }

  #namespace(name: string): Place {
    const path = `${this.directory}/${name}`;
    createNamespace(path);
    this.#made.push(path);
    return new Place(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const path of this.#made) deleteNamespace(path);
    await Deno.remove(this.directory, { recursive: true });
  }
}

/** What the kernel adds to a link on its own, some time after it came up, or takes when the link has no carrier. */
const COMES_BY_ITSELF = /fe80::|multicast|anycast|^#|^\*|^:|^COMMIT/;

/** Without numbers of links, counters, and the state that follows a bridge's ports. */
function plain(line: string): string {
  return line.trim().replace(/^\d+: /, "").replaceAll(/packets \d+ bytes \d+/g, "").replaceAll(/\blinkdown\b/g, "")
    .replaceAll(/<[^>]*>|state \w+|qdisc \w+|link\/ether \S+|valid_lft \S+|preferred_lft \S+|mtu \d+/g, "")
    .replaceAll(/\s+/g, " ").trim();
}
