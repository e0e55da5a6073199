// The interfaces `addresses`, `routes`, `neighbors` and `sysctl` over a fake network.

import type * as Addresses from "cnidaria:cni/addresses@0.3.0";
import type * as Neighbors from "cnidaria:cni/neighbors@0.3.0";
import type * as Routes from "cnidaria:cni/routes@0.3.0";
import type * as Sysctl from "cnidaria:cni/sysctl@0.3.0";
import type { Ns } from "cnidaria:cni/types@0.3.0";
import { addressOf, canonicalCidr, contains, familyOf, networkOf } from "../address.ts";
import type { FakeNetwork } from "./fake_network.ts";
import { HostFailure } from "./host_failure.ts";

export function fakeAddresses(network: FakeNetwork): typeof Addresses {
  return {
    list: (ns, link) => [...network.link(ns, link).addresses],
    add(ns, name, { cidr, dad }) {
      const link = network.link(ns, name);
      const own = canonicalCidr(cidr);
      if (link.addresses.includes(own)) throw new HostFailure("exists", `${name} has ${own}`);
      link.addresses.push(own);
      if (dad) link.dad.push(own);
      const { dst, source } = { dst: networkOf(own), source: addressOf(own) };
      if (!network.routes(ns).some((route) => route.dst === dst && route.link === name)) {
        network.routes(ns).push({ dst, link: name, source, scope: 253, onlink: false });
      }
    },
    remove(ns, name, cidr) {
      const link = network.link(ns, name);
      const at = link.addresses.indexOf(canonicalCidr(cidr));
      if (at === -1) throw new HostFailure("not-found", `${name} has no ${cidr}`);
      link.addresses.splice(at, 1);
    },
    settle: (ns, name) => void network.link(ns, name),
  };
}

export function fakeRoutes(network: FakeNetwork): typeof Routes {
  const tableOf = (route: Routes.Route) => route.table ?? 254;
  const same = (a: Routes.Route, b: Routes.Route) =>
    a.dst === b.dst && tableOf(a) === tableOf(b) && (a.priority ?? 0) === (b.priority ?? 0);
  return {
    list: (ns, table) => structuredClone(network.routes(ns).filter((route) => tableOf(route) === (table ?? 254))),
    listAll: (ns) => structuredClone(network.routes(ns)),
    add(ns, route) {
      const routes = network.routes(ns);
      if (route.link !== undefined && !network.link(ns, route.link).up) {
        throw new HostFailure("invalid", `${route.link} is down`);
      }
      const { gateway } = route;
      if (gateway !== undefined && !route.onlink && !isReachable(network, ns, gateway)) {
        throw new HostFailure("invalid", `gateway ${gateway} is not reachable`);
      }
      if (routes.some((present) => same(present, route))) throw new HostFailure("exists", `route ${route.dst} exists`);
      routes.push(structuredClone(route));
    },
    remove(ns, route) {
      const routes = network.routes(ns);
      const at = routes.findIndex((present) => same(present, route));
      if (at === -1) throw new HostFailure("not-found", `there is no route to ${route.dst}`);
      routes.splice(at, 1);
    },
  };
}

/** By a route that has no gateway itself. */
function isReachable(network: FakeNetwork, ns: Ns, gateway: string): boolean {
  return network.routes(ns).some((route) =>
    route.gateway === undefined && familyOf(route.dst) === familyOf(gateway) && contains(route.dst, gateway)
  );
}

/** @param announced gets `LINK ADDRESS` for every announcement */
export function fakeNeighbors(network: FakeNetwork, announced: string[]): typeof Neighbors {
  const known: Neighbors.Neighbor[] = [];
  const fdb: Neighbors.FdbEntry[] = [];
  return {
    list: (_ns, link) => known.filter((entry) => entry.link === link),
    set: (_ns, neighbor) => void known.push(neighbor),
    remove(_ns, link, address) {
      const at = known.findIndex((entry) => entry.link === link && entry.address === address);
      if (at === -1) throw new HostFailure("not-found", `${link} has no neighbour ${address}`);
      known.splice(at, 1);
    },
    fdbList: (link) => fdb.filter((entry) => entry.link === link),
    fdbSet: (entry) => void fdb.push(entry),
    fdbRemove: (entry) => void fdb.splice(fdb.findIndex((present) => present.mac === entry.mac), 1),
    announce(ns, name, address) {
      if (!network.link(ns, name).running) throw new HostFailure("io", `${name} does not run`);
      announced.push(`${name} ${address}`);
    },
  };
}

/** @param values by `NAMESPACE:KEY`; a key that is not there reads 0 */
export function fakeSysctl(network: FakeNetwork, values: Map<string, string>): typeof Sysctl {
  return {
    get: (ns, key) => values.get(`${ns}:${key}`) ?? "0",
    set(ns, key, value) {
      network.requireNamespace(ns);
      values.set(`${ns}:${key}`, value);
    },
    setAll(ns, parameters) {
      network.requireNamespace(ns);
      for (const { key, value } of parameters) values.set(`${ns}:${key}`, value);
    },
  };
}
