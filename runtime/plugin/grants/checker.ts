// Holds the arguments of one host call against the grants of the plugin that makes it.

import type { Device } from "cnidaria:cni/links@0.3.0";
import type { Route } from "cnidaria:cni/routes@0.3.0";
import type { Rule } from "cnidaria:cni/rules@0.3.0";
import type { AttachmentId, Ns } from "cnidaria:cni/types@0.3.0";
import { HostCallError } from "../../../host-funcs/error.ts";
import { type IpNetwork, parseNetwork } from "../../../host-funcs/ip_number.ts";
import type { Manifest } from "../manifest.ts";
import { matchesPattern, type PatternScope } from "../pattern.ts";
import { describeNetworks, grantedNetworks, isCovered, type NetworkScope, single } from "./networks.ts";
import { sameJson } from "./same_json.ts";
import type { Grants } from "./schema.ts";

/** What the grants of a plugin are judged by, in one call. */
export interface GrantScope extends PatternScope, NetworkScope {
  readonly command: string;
  /** Whether this attachment made the link of that name. */
  madeLink(ns: Ns, name: string): boolean;
  /** GC only: the attachments that the runtime says exist. */
  readonly valid: readonly AttachmentId[];
}

/** A grant that is a list of networks, by its key in plugin.json. */
type NetworkGrant =
  | "addresses.host"
  | "addresses.hostRemove"
  | "addresses.container"
  | "routes.host"
  | "routes.container"
  | "rules.host"
  | "rules.container"
  | "firewall.masquerade"
  | "forwarding.pods"
  | "leases"
  | "portMaps";

/** RT_TABLE_MAIN. */
const MAIN_TABLE = 254;

export class Checker {
  /** @param call `links.set`, for messages */
  constructor(readonly manifest: Manifest, readonly call: string, readonly scope: GrantScope) {}

  /** @throws {HostCallError} `denied` */
  deny(missing: string): never {
    throw new HostCallError(
      "denied",
      `Cannot call ${this.call} for plugin ${this.manifest.name} as it has no grant for that: in its plugin.json ${missing}`,
    );
  }

  link(ns: Ns, name: string): void {
    if (this.scope.madeLink(ns, name)) return;
    this.#pattern(`links.${ns}`, this.manifest.grants.links?.[ns], name);
  }

  /** A link that the node forwards to and from. */
  forwardingLink(name: string): void {
    this.#pattern("forwarding.links", this.manifest.grants.forwarding?.links, name);
  }

  /** A link that another is put on. */
  parent(ns: Ns, name: string): void {
    if (this.scope.madeLink(ns, name)) return;
    this.#pattern("links.parents", this.manifest.grants.links?.parents, name);
  }

  sysctl(ns: Ns, key: string): void {
    this.#pattern("sysctl", this.manifest.grants.sysctl, `${ns}:${key}`);
  }

  device({ tag, val }: Device): void {
    this.#pattern("devices", this.manifest.grants.devices, `${tag}:${val}`);
  }

  /** A plugin can hand any configuration to another, but for the network that the call is for. */
  delegate(type: string, config: string): void {
    this.#pattern("delegate", this.manifest.grants.delegate, type);
    this.unchanged(config, ["name"]);
  }

  /** All of a network lies in a granted one: an address with its prefix, since the kernel routes all of that to its link. */
  network(grant: NetworkGrant, cidr: string, more?: NetworkGrant): void {
    this.#covered(grant, cidr, parseNetwork(cidr) ?? this.#malformed("in CIDR notation", cidr), more);
  }

  address(grant: NetworkGrant, address: string): void {
    this.#covered(grant, address, single(address) ?? this.#malformed("an IP address", address));
  }

  neighbor(ns: Ns, link: string, address: string): void {
    this.link(ns, link);
    this.address(`addresses.${ns}`, address);
  }

  route(ns: Ns, { dst, link, table }: Route): void {
    if (link !== undefined) this.link(ns, link);
    // A route of the node that names no link could lead anywhere.
    else if (ns === "host" && !(this.manifest.grants.links?.host ?? []).includes("*")) {
      this.deny('grants.links.host is not ["*"], and the route names no link');
    }
    if (ns === "host" && table !== undefined && table !== MAIN_TABLE) {
      this.deny(`nothing could allow it: of the host's tables only ${MAIN_TABLE} (main) can be changed, not ${table}`);
    }
    this.network(`routes.${ns}`, dst);
  }

  rule(ns: Ns, { family, source }: Rule): void {
    this.network(`rules.${ns}`, source ?? (family === "ipv4" ? "0.0.0.0/0" : "::/0"));
  }

  /** Leases of the same network are kept apart where the configuration says so, and nowhere else. */
  store(store: string): void {
    const { ipam } = this.scope.config;
    const own = typeof ipam === "object" && ipam !== null ? (ipam as Record<string, unknown>)["dataDir"] : undefined;
    if (store === "" || store === own) return;
    const what = own === undefined || own === null
      ? "the configuration has no ipam.dataDir"
      : `ipam.dataDir is ${JSON.stringify(own)}`;
    this.deny(`nothing could allow it: the store is ${JSON.stringify(store)}, but ${what}`);
  }

  /** Leases of others are only released by GC, and never those of an attachment that the runtime calls valid. */
  retain(valid: readonly AttachmentId[]): void {
    if (this.scope.command !== "GC") this.deny("nothing could allow it: leases of others are only released by GC");
    const kept = new Set(valid.map((it) => `${it.containerId}/${it.ifname}`));
    const lost = this.scope.valid.find((it) => !kept.has(`${it.containerId}/${it.ifname}`));
    if (lost === undefined) return;
    this.deny(`nothing could allow it: ${lost.containerId}/${lost.ifname} is valid and must keep its leases`);
  }

  /** A configuration that is handed to another plugin has these keys as the plugin's own. */
  unchanged(text: string, keys: readonly string[]): void {
    const config = jsonObject(text);
    // The function itself says what is wrong with a text that is none.
    if (config === undefined) return;
    const changed = keys.find((key) => !sameJson(config[key], this.scope.config[key]));
    if (changed === undefined) return;
    this.deny(
      `nothing could allow it: ${
        JSON.stringify(changed)
      } of the configuration that it hands on is not that of its own, ` +
        `${brief(config[changed])} instead of ${brief(this.scope.config[changed])}`,
    );
  }

  #pattern(grant: string, patterns: readonly string[] = [], text: string): void {
    if (patterns.some((pattern) => matchesPattern(pattern, text, this.scope))) return;
    this.deny(`grants.${grant} does not cover ${JSON.stringify(text)}: ${JSON.stringify(patterns)}`);
  }

  #covered(grant: NetworkGrant, text: string, network: IpNetwork, more?: NetworkGrant): void {
    const { grants } = this.manifest;
    const entries = [...entriesOf(grants, grant), ...more === undefined ? [] : entriesOf(grants, more)];
    if (isCovered(network, grantedNetworks(entries, this.scope))) return;
    this.deny(`grants.${grant} does not cover ${JSON.stringify(text)}: ${describeNetworks(entries, this.scope)}`);
  }

  #malformed(what: string, text: string): never {
    throw new HostCallError(
      "invalid",
      `Cannot call ${this.call} for plugin ${this.manifest.name} as this is not ${what}: ${JSON.stringify(text)}`,
    );
  }
}

function entriesOf(grants: Grants, grant: NetworkGrant): readonly string[] {
  if (grant === "leases" || grant === "portMaps") return grants[grant] ?? [];
  const [group, key] = grant.split(".") as [string, string];
  const found = (grants as Record<string, Record<string, string[]> | undefined>)[group];
  return found?.[key] ?? [];
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? value as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
