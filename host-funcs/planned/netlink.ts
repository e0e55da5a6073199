// A NETLINK_ROUTE socket of a plan: requests change the plan, look-ups and dumps show the node as the plan has it so
// far. The host functions run on it unchanged, with all that they check.

import { RTM_DELADDR, RTM_NEWADDR } from "../addresses/address_message.ts";
import { AF_BRIDGE, RTM_DELLINK, RTM_GETLINK, RTM_NEWLINK, RTM_SETLINK } from "../links/link_message.ts";
import { RTM_DELNEIGH, RTM_NEWNEIGH } from "../neighbors/neighbor_message.ts";
import { RTM_DELROUTE, RTM_GETROUTE, RTM_NEWROUTE } from "../routes/route_message.ts";
import { RTM_DELRULE, RTM_GETRULE, RTM_NEWRULE } from "../rules/rule_message.ts";
import {
  RTM_DELQDISC,
  RTM_DELTFILTER,
  RTM_GETQDISC,
  RTM_GETTFILTER,
  RTM_NEWACTION,
  RTM_NEWQDISC,
  RTM_NEWTFILTER,
} from "../traffic-control/tc_message.ts";
import { ENODEV, EOPNOTSUPP, KernelError } from "../sys/errno.ts";
import { AF_INET6 } from "../sys/ip_address.ts";
import { type NetlinkMessage, NLM_F_CREATE, type ReceivedMessage } from "../sys/netlink_message.ts";
import type { RouteNetlink } from "../sys/netlink_socket.ts";
import { PlannedAddresses } from "./addresses.ts";
import { ARPHRD_LOOPBACK, type PlannedLink } from "./link.ts";
import { nameOf, PlannedLinks, type Sources } from "./links.ts";
import { PlannedNeighbors } from "./neighbors.ts";
import type { Place } from "./place.ts";
import { headerU32, rawAttributes, received } from "./received.ts";
import { PlannedRoutes } from "./routes.ts";
import { PlannedRules } from "./rules.ts";
import { PlannedTraffic } from "./traffic.ts";

const LINK_HEADER = 16;
const RTM_GETADDR = 22;
const RTM_GETNEIGH = 30;

/** What rtnetlink has of both namespaces. */
export class PlannedNetwork {
  readonly links: PlannedLinks;
  readonly addresses: PlannedAddresses;
  readonly routes: PlannedRoutes;
  readonly rules: PlannedRules;
  readonly neighbors: PlannedNeighbors;
  readonly traffic: PlannedTraffic;

  /** @param empty the links of a namespace that does not exist yet */
  constructor(readonly sources: Sources, empty: (ns: Place) => PlannedLink[]) {
    this.links = new PlannedLinks(sources, empty);
    this.addresses = new PlannedAddresses(sources, this.links);
    this.routes = new PlannedRoutes(sources, this.links, this.addresses);
    this.rules = new PlannedRules(sources);
    this.neighbors = new PlannedNeighbors(sources, this.links);
    this.traffic = new PlannedTraffic(sources, this.links);
    this.links.onUp = (link) => {
      if (link.type === ARPHRD_LOOPBACK) this.addresses.addLoopback(link);
      for (const address of this.addresses.of(link)) this.routes.connect(link, address);
    };
    this.links.onDown = (link) => {
      this.routes.forget(link);
      const there = this.links.all(link.ns).includes(link);
      this.addresses.forget(link, there ? AF_INET6 : undefined);
      if (there) return;
      this.neighbors.forget(link);
    };
  }
}

export class PlannedNetlink implements RouteNetlink {
  constructor(private readonly network: PlannedNetwork, private readonly ns: Place) {}

  request(message: NetlinkMessage): void {
    this.#carryOut(received(message));
  }

  batch(messages: readonly NetlinkMessage[]): (KernelError | undefined)[] {
    return messages.map((message) => {
      try {
        this.request(message);
      } catch (error) {
        if (error instanceof KernelError) return error;
        throw error;
      }
    });
  }

  query(message: NetlinkMessage): ReceivedMessage {
    const request = received(message);
    const { type, payload } = request;
    if (type === RTM_GETROUTE) return this.network.routes.lookUp(this.ns, request);
    if (type === RTM_GETQDISC) return this.network.traffic.root(this.ns, request);
    if (type !== RTM_GETLINK) throw new KernelError(EOPNOTSUPP);
    const name = nameOf(rawAttributes(payload, LINK_HEADER));
    if (name === undefined) return this.network.links.byIndex(this.ns, headerU32(payload, 4)).describe();
    const link = this.network.links.byName(this.ns, name);
    if (link !== undefined) return link.describe();
    this.network.sources.freeName(this.ns, name);
    throw new KernelError(ENODEV);
  }

  dump(message: NetlinkMessage): ReceivedMessage[] {
    const { ns, network } = this;
    const request = received(message);
    switch (request.type) {
      case RTM_GETLINK:
        return network.links.all(ns).map((link) => link.describe());
      case RTM_GETADDR: {
        const index = headerU32(request.payload, 4);
        return network.addresses.all(ns).filter((it) => index === 0 || it.linkIndex === index).map((it) => it.message);
      }
      case RTM_GETROUTE:
        return network.routes.list(ns, request);
      case RTM_GETRULE:
        return network.rules.list(ns, request);
      case RTM_GETNEIGH:
        return network.neighbors.list(ns, request);
      case RTM_GETTFILTER:
        return network.traffic.filters(ns, request);
      default:
        throw new KernelError(EOPNOTSUPP);
    }
  }

  #carryOut(request: ReceivedMessage): void {
    const { ns, network: { addresses, links, neighbors, routes, rules, traffic } } = this;
    const ofBridge = request.payload[0] === AF_BRIDGE;
    switch (request.type) {
      case RTM_NEWLINK:
        return request.flags & NLM_F_CREATE ? links.create(ns, request) : links.change(ns, request);
      case RTM_SETLINK:
        return ofBridge ? links.changeVlans(ns, request) : links.change(ns, request);
      case RTM_DELLINK:
        return ofBridge ? links.changeVlans(ns, request) : links.delete(ns, request);
      case RTM_NEWADDR: {
        const { address, link } = addresses.add(ns, request);
        if (link.up) routes.connect(link, address);
        return;
      }
      case RTM_DELADDR:
        return routes.disconnect(ns, addresses.remove(ns, request));
      case RTM_NEWROUTE:
        return routes.add(ns, request);
      case RTM_DELROUTE:
        return routes.remove(ns, request);
      case RTM_NEWRULE:
        return rules.add(ns, request);
      case RTM_DELRULE:
        return rules.remove(ns, request);
      case RTM_NEWNEIGH:
        return neighbors.set(ns, request);
      case RTM_DELNEIGH:
        return neighbors.remove(ns, request);
      case RTM_NEWQDISC:
        return traffic.addQdisc(ns, request);
      case RTM_DELQDISC:
        return traffic.removeQdisc(ns, request);
      case RTM_NEWTFILTER:
        return traffic.addFilter(ns, request);
      case RTM_DELTFILTER:
        return traffic.removeFilters(ns, request);
      case RTM_NEWACTION:
        return traffic.addAction(request);
      default:
        throw new KernelError(EOPNOTSUPP);
    }
  }
}
