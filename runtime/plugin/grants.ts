// Whether a host call is inside the plugin's grants. Reading is not limited: what a plugin may see of the node is the
// names and addresses of its links, and its own attachment.

import type { AttachmentId, Ns } from "cnidaria:cni/types@0.1.0";
import { HostCallError } from "../../host-funcs/error.ts";
import type { InterfaceName, Manifest } from "./manifest.ts";
import { matchesPattern, type PatternScope } from "./pattern.ts";

/** What the grants of a plugin are judged by, in one call. */
export interface GrantScope extends PatternScope {
  readonly command: string;
  /** Whether this attachment made the link of that name. */
  madeLink(ns: Ns, name: string): boolean;
  /** GC only: the attachments that the runtime says exist. */
  readonly valid: readonly AttachmentId[];
}

// deno-lint-ignore no-explicit-any
type Args = readonly any[];
type Check = (check: Checker, args: Args) => void;

/** The functions that change something, and which of their arguments must be in scope. */
const CHECKS: { readonly [name in InterfaceName]?: Readonly<Record<string, Check>> } = {
  links: {
    ensureBridge: (check, [name]) => check.link("host", name),
    createVeth: (check, [options]) => {
      check.link(options.peerNs, options.peerName);
      if (options.name !== undefined) check.link("host", options.name);
      if (options.master !== undefined) check.link("host", options.master);
    },
    createMacvlan: (check, [options]) => {
      check.link("host", options.parent);
      check.link("container", options.name);
    },
    ensureVxlan: (check, [name, options]) => {
      check.link("host", name);
      if (options.parent !== undefined) check.link("host", options.parent);
    },
    set: (check, [ns, name, changes]) => {
      check.link(ns, name);
      if (changes.master !== undefined && changes.master !== "") check.link(ns, changes.master);
    },
    addVlans: (check, [name]) => check.link("host", name),
    removeVlans: (check, [name]) => check.link("host", name),
    delete: (check, [ns, name]) => check.link(ns, name),
  },
  addresses: {
    add: (check, [ns, link]) => check.link(ns, link),
    remove: (check, [ns, link]) => check.link(ns, link),
  },
  routes: {
    add: (check, [ns, route]) => check.route(ns, route.link),
    remove: (check, [ns, route]) => check.route(ns, route.link),
  },
  neighbors: {
    set: (check, [ns, neighbor]) => check.link(ns, neighbor.link),
    remove: (check, [ns, link]) => check.link(ns, link),
    fdbSet: (check, [entry]) => check.link("host", entry.link),
    fdbRemove: (check, [entry]) => check.link("host", entry.link),
    announce: (check, [ns, link]) => check.link(ns, link),
  },
  sysctl: {
    set: (check, [ns, key]) => check.sysctl(ns, key),
  },
  firewall: {
    addMacCheck: (check, [link]) => check.link("host", link),
  },
  leases: {
    retain: (check, [, valid]) => check.retain(valid),
  },
};

/**
 * @throws {HostCallError} `denied`, naming the plugin, the function, and the grant that is missing
 */
export function checkGrant(
  manifest: Manifest,
  interfaceName: InterfaceName,
  functionName: string,
  args: Args,
  scope: GrantScope,
): void {
  if (!manifest.imports.includes(interfaceName)) {
    throw denied(manifest, interfaceName, functionName, `"imports" does not have ${JSON.stringify(interfaceName)}`);
  }
  const check = CHECKS[interfaceName]?.[functionName];
  if (check !== undefined) check(new Checker(manifest, interfaceName, functionName, scope), args);
}

/** A refusal. */
function denied(manifest: Manifest, interfaceName: string, functionName: string, missing: string): HostCallError {
  return new HostCallError(
    "denied",
    `Cannot call ${interfaceName}.${functionName} for plugin ${manifest.name} as it has no grant for that: ` +
      `in its plugin.json ${missing}`,
  );
}

class Checker {
  constructor(
    readonly manifest: Manifest,
    readonly interfaceName: InterfaceName,
    readonly functionName: string,
    readonly scope: GrantScope,
  ) {}

  link(ns: Ns, name: string): void {
    if (this.scope.madeLink(ns, name)) return;
    const patterns = this.manifest.grants.links?.[ns] ?? [];
    if (patterns.some((pattern) => matchesPattern(pattern, name, this.scope))) return;
    this.#deny(`grants.links.${ns} does not cover link ${JSON.stringify(name)}: ${JSON.stringify(patterns)}`);
  }

  /** A route of the node that names no link could lead anywhere. */
  route(ns: Ns, link: string | undefined): void {
    if (link !== undefined) return this.link(ns, link);
    if (ns === "host" && !(this.manifest.grants.links?.host ?? []).includes("*")) {
      this.#deny(`grants.links.host is not ["*"], and the route names no link`);
    }
  }

  sysctl(ns: Ns, key: string): void {
    const patterns = this.manifest.grants.sysctl ?? [];
    if (patterns.some((pattern) => matchesPattern(pattern, `${ns}:${key}`, this.scope))) return;
    this.#deny(`grants.sysctl does not cover ${JSON.stringify(`${ns}:${key}`)}: ${JSON.stringify(patterns)}`);
  }

  /** Leases of others are only released by GC, and never those of an attachment that the runtime calls valid. */
  retain(valid: readonly AttachmentId[]): void {
    if (this.scope.command !== "GC") this.#deny("nothing could allow it: leases of others are only released by GC");
    const kept = new Set(valid.map((it) => `${it.containerId}/${it.ifname}`));
    const lost = this.scope.valid.find((it) => !kept.has(`${it.containerId}/${it.ifname}`));
    if (lost === undefined) return;
    this.#deny(`nothing could allow it: ${lost.containerId}/${lost.ifname} is valid and must keep its leases`);
  }

  #deny(missing: string): never {
    throw denied(this.manifest, this.interfaceName, this.functionName, missing);
  }
}
