// Whether a host call is inside the plugin's grants. Every function of the contract is in the tables below: one that is
// not there cannot be called. Reading is not limited: what a plugin may see of the node is its links, addresses, routes
// and kernel parameters, and its own attachment.

import type * as Addresses from "cnidaria:cni/addresses@0.3.0";
import type * as ConfigFiles from "cnidaria:cni/config-files@0.3.0";
import type * as Delegate from "cnidaria:cni/delegate@0.3.0";
import type * as Firewall from "cnidaria:cni/firewall@0.3.0";
import type * as Forwarding from "cnidaria:cni/forwarding@0.3.0";
import type * as HostInfo from "cnidaria:cni/host-info@0.3.0";
import type * as Ipam from "cnidaria:cni/ipam@0.3.0";
import type * as Leases from "cnidaria:cni/leases@0.3.0";
import type * as Links from "cnidaria:cni/links@0.3.0";
import type * as Log from "cnidaria:cni/log@0.3.0";
import type * as Neighbors from "cnidaria:cni/neighbors@0.3.0";
import type * as Notes from "cnidaria:cni/notes@0.3.0";
import type * as PortMaps from "cnidaria:cni/port-maps@0.3.0";
import type * as Routes from "cnidaria:cni/routes@0.3.0";
import type * as Rules from "cnidaria:cni/rules@0.3.0";
import type * as Sysctl from "cnidaria:cni/sysctl@0.3.0";
import type * as TrafficControl from "cnidaria:cni/traffic-control@0.3.0";
import type { InterfaceName, Manifest } from "../manifest.ts";
import { Checker, type GrantScope } from "./checker.ts";

// deno-lint-ignore no-explicit-any
type Args = readonly any[];
/** A check for each function of an interface: the compiler asks for it when the contract gets another function. */
type Checks<Interface> = {
  readonly [name in keyof Interface]: Interface[name] extends (...args: infer Arguments) => unknown
    ? (check: Checker, args: Arguments) => void
    : never;
};

/** Reads. */
const reads = () => {};
/** Acts on what this attachment has, and on nothing else: the host knows which that is. */
const ofItsOwn = () => {};

const links: Checks<typeof Links> = {
  get: reads,
  list: reads,
  supports: reads,
  waitRunning: reads,
  getChild: reads,
  ensureBridge: (check, [name]) => check.link("host", name),
  createVeth: (check, [options]) => {
    check.link(options.peerNs, options.peerName);
    if (options.name !== undefined) check.link("host", options.name);
    if (options.master !== undefined) check.link("host", options.master);
  },
  moveToContainer: (check, [device, name]) => {
    check.device(device);
    check.link("container", name);
  },
  createMacvlan: (check, [options]) => {
    check.link("host", options.parent);
    check.link("container", options.name);
  },
  createMacvlanOn: (check, [parentNs, { parent, name }]) => {
    check.parent(parentNs, parent);
    check.link("container", name);
  },
  createIpvlan: (check, [{ parentNs, parent, name }]) => {
    check.parent(parentNs, parent);
    check.link("container", name);
  },
  createVlan: (check, [{ parentNs, parent, name }]) => {
    check.parent(parentNs, parent);
    check.link("container", name);
  },
  ensureVxlan: (check, [name, options]) => {
    check.link("host", name);
    if (options.parent !== undefined) check.link("host", options.parent);
  },
  set: (check, [ns, name, changes]) => {
    check.link(ns, name);
    if (changes.master !== undefined && changes.master !== "") check.link(ns, changes.master);
  },
  tuning: reads,
  tune: (check, [ns, name]) => check.link(ns, name),
  addVlans: (check, [name]) => check.link("host", name),
  removeVlans: (check, [name]) => check.link("host", name),
  delete: (check, [ns, name]) => check.link(ns, name),
};

const addresses: Checks<typeof Addresses> = {
  list: reads,
  settle: reads,
  add: (check, [ns, link, { cidr }]) => {
    check.link(ns, link);
    check.network(`addresses.${ns}`, cidr);
  },
  remove: (check, [ns, link, cidr]) => {
    check.link(ns, link);
    check.network(`addresses.${ns}`, cidr, ns === "host" ? "addresses.hostRemove" : undefined);
  },
};

const routes: Checks<typeof Routes> = {
  list: reads,
  listAll: reads,
  add: (check, [ns, route]) => check.route(ns, route),
  remove: (check, [ns, route]) => check.route(ns, route),
};

const rules: Checks<typeof Rules> = {
  list: reads,
  add: (check, [ns, rule]) => check.rule(ns, rule),
  remove: (check, [ns, rule]) => check.rule(ns, rule),
};

const neighbors: Checks<typeof Neighbors> = {
  list: reads,
  fdbList: reads,
  set: (check, [ns, neighbor]) => check.neighbor(ns, neighbor.link, neighbor.address),
  remove: (check, [ns, link, address]) => check.neighbor(ns, link, address),
  announce: (check, [ns, link, address]) => check.neighbor(ns, link, address),
  fdbSet: (check, [entry]) => check.link("host", entry.link),
  fdbRemove: (check, [entry]) => check.link("host", entry.link),
};

const sysctl: Checks<typeof Sysctl> = {
  get: reads,
  set: (check, [ns, key]) => check.sysctl(ns, key),
  setAll: (check, [ns, parameters]) => {
    for (const { key } of parameters) check.sysctl(ns, key);
  },
};

const firewall: Checks<typeof Firewall> = {
  listMasquerades: reads,
  hasMacCheck: reads,
  probe: reads,
  addMasquerade: (check, [{ source }]) => check.address("firewall.masquerade", source),
  addMacCheck: (check, [link]) => check.link("host", link),
  release: ofItsOwn,
};

const forwarding: Checks<typeof Forwarding> = {
  inForce: reads,
  inUse: reads,
  blockers: reads,
  probe: reads,
  admit: (check, [{ address }]) => check.address("forwarding.pods", address),
  confine: (check, [{ link }]) => check.forwardingLink(link),
  isolatePort: (check, [port]) => check.forwardingLink(port),
  release: ofItsOwn,
};

const leases: Checks<typeof Leases> = {
  acquire: (check, [pool]) => {
    check.store(pool.store);
    for (const range of pool.ranges) check.network("leases", range.subnet);
  },
  held: (check, [store]) => check.store(store),
  release: (check, [store]) => check.store(store),
  retain: (check, [store, valid]) => {
    check.retain(valid);
    check.store(store);
  },
  usage: (check, [pool]) => check.store(pool.store),
};

/** The IPAM plugin gets what it may lease from, and what for, from these keys. */
const IPAM_KEYS = ["name", "ipam", "args", "runtimeConfig"];

const ipam: Checks<typeof Ipam> = {
  add: (check, [config]) => check.unchanged(config, IPAM_KEYS),
  check: (check, [config]) => check.unchanged(config, IPAM_KEYS),
  del: (check, [config]) => check.unchanged(config, IPAM_KEYS),
  gc: (check, [config]) => check.unchanged(config, IPAM_KEYS),
  status: (check, [config]) => check.unchanged(config, IPAM_KEYS),
};

const delegate: Checks<typeof Delegate> = {
  add: (check, [plugin, config]) => check.delegate(plugin, config),
  check: (check, [plugin, config]) => check.delegate(plugin, config),
  del: (check, [plugin, config]) => check.delegate(plugin, config),
  gc: (check, [plugin, config]) => check.delegate(plugin, config),
  status: (check, [plugin, config]) => check.delegate(plugin, config),
};

const trafficControl: Checks<typeof TrafficControl> = {
  // The host's end is the one that belongs to this link: a plugin cannot name another.
  limit: (check, [link]) => check.link("container", link),
  differences: reads,
  probe: reads,
};

const notes: Checks<typeof Notes> = { get: ofItsOwn, put: ofItsOwn };
const configFiles: Checks<typeof ConfigFiles> = {
  resolvConf: reads,
  subnetEnv: reads,
  waitSubnetEnv: reads,
  refusedParameters: reads,
};
const hostInfo: Checks<typeof HostInfo> = { versions: reads };
const log: Checks<typeof Log> = { write: ofItsOwn };

const portMaps: Checks<typeof PortMaps> = {
  list: reads,
  probe: reads,
  add: (check, [maps]) => maps.forEach(({ address }) => check.address("portMaps", address)),
  release: ofItsOwn,
};

const CHECKS: Readonly<Record<InterfaceName, object>> = {
  links,
  addresses,
  routes,
  rules,
  neighbors,
  sysctl,
  firewall,
  leases,
  ipam,
  delegate,
  "traffic-control": trafficControl,
  notes,
  "config-files": configFiles,
  log,
  "host-info": hostInfo,
  "port-maps": portMaps,
  forwarding,
};

/**
 * @throws {HostCallError} `denied`, naming the plugin, the function, and the grant that is missing; `invalid` if an
 * argument that a grant is about makes no sense
 */
export function checkGrant(
  manifest: Manifest,
  interfaceName: InterfaceName,
  functionName: string,
  args: Args,
  scope: GrantScope,
): void {
  const checker = new Checker(manifest, `${interfaceName}.${functionName}`, scope);
  if (!manifest.imports.includes(interfaceName)) checker.deny(`"imports" lacks ${JSON.stringify(interfaceName)}`);
  const checks = CHECKS[interfaceName] as Readonly<Record<string, (checker: Checker, args: Args) => void>>;
  if (!Object.hasOwn(checks, functionName)) checker.deny("nothing could allow it: it is no function of the contract");
  checks[functionName]!(checker, args);
}
