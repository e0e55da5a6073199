// Two network namespaces in memory: links with their addresses, and routes. What the kernel does by itself is done here
// as well: the other end of a veth pair goes with the first, and running follows from both ends being up.

import type { Link } from "cnidaria:cni/links@0.3.0";
import type { Route } from "cnidaria:cni/routes@0.3.0";
import type { Ns } from "cnidaria:cni/types@0.3.0";
import { HostFailure } from "./host_failure.ts";

/** A link with what hangs on it. */
export interface FakeLink extends Link {
  ns: Ns;
  addresses: string[];
  /** IPv6 addresses that duplicate address detection was asked for. */
  dad: string[];
  vlans: string[];
}

export class FakeNetwork {
  readonly #links: FakeLink[] = [];
  readonly #routes: Record<Ns, Route[]> = { host: [], container: [] };
  /** False as in a DEL after the namespace is gone. */
  hasContainer = true;
  /** Kinds of links that the kernel lacks. */
  readonly missingKinds: string[] = [];
  #next = 1;

  constructor() {
    for (const ns of ["host", "container"] as const) {
      const lo = this.addLink(ns, "lo", "", { mac: "00:00:00:00:00:00", mtu: 65536 });
      lo.addresses.push("127.0.0.1/8", "::1/128");
    }
  }

  addLink(ns: Ns, name: string, kind: string, attributes: Partial<Link> = {}): FakeLink {
    this.requireNamespace(ns);
    if (this.findLink(ns, name) !== undefined) throw new HostFailure("exists", `${name} exists in the ${ns} namespace`);
    const index = this.#next++;
    const mac = `02:00:00:00:00:${index.toString(16).padStart(2, "0")}`;
    const base = { index, name, kind, mac, mtu: 1500, up: false, running: false, promisc: false };
    const link: FakeLink = { ...base, ...attributes, ns, addresses: [], dad: [], vlans: [] };
    this.#links.push(link);
    return link;
  }

  findLink(ns: Ns, name: string): FakeLink | undefined {
    return this.#links.find((link) => link.ns === ns && link.name === name);
  }

  /** @throws {HostFailure} `not-found` */
  link(ns: Ns, name: string): FakeLink {
    this.requireNamespace(ns);
    const found = this.findLink(ns, name);
    if (found === undefined) throw new HostFailure("not-found", `there is no link ${name} in the ${ns} namespace`);
    return found;
  }

  links(ns: Ns): FakeLink[] {
    this.requireNamespace(ns);
    return this.#links.filter((link) => link.ns === ns);
  }

  /** The other end of a veth pair. */
  peerOf(link: FakeLink): FakeLink | undefined {
    return this.#links.find((other) => other.index === link.peerIndex);
  }

  /** Works out who runs after a change. */
  settle(): void {
    for (const link of this.#links) {
      const peer = this.peerOf(link);
      link.running = link.up && (link.kind !== "veth" || (peer?.up ?? false));
      if (link.master === undefined) delete link.port;
      else link.port = { hairpin: false, isolated: false, ...link.port, forwarding: link.running };
    }
  }

  deleteLink(ns: Ns, name: string): void {
    const link = this.link(ns, name);
    for (const gone of [link, this.peerOf(link)]) {
      if (gone === undefined) continue;
      this.#links.splice(this.#links.indexOf(gone), 1);
      this.#routes[gone.ns] = this.#routes[gone.ns].filter((route) => route.link !== gone.name);
    }
    this.settle();
  }

  routes(ns: Ns): Route[] {
    this.requireNamespace(ns);
    return this.#routes[ns];
  }

  requireNamespace(ns: Ns): void {
    if (ns === "container" && !this.hasContainer) throw new HostFailure("not-found", "there is no container namespace");
  }
}
