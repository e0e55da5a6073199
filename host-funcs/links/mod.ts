// The `links` interface of the contract.

import type * as Links from "cnidaria:cni/links@0.3.0";
import type { HostContext } from "../context.ts";
import { ensureBridge } from "./bridge.ts";
import { createIpvlan, createMacvlan, createVlan, getChild } from "./child.ts";
import { deleteLink } from "./delete.ts";
import { moveToContainer } from "./move.ts";
import { listLinks, needLink, toLink, withMaster } from "./look_up.ts";
import { setLink } from "./set.ts";
import { supportsKind } from "./supports.ts";
import { createVeth } from "./veth.ts";
import { addVlans, removeVlans } from "./vlans.ts";
import { ensureVxlan } from "./vxlan.ts";
import { waitRunning } from "./wait.ts";

/** The host functions of `cnidaria:cni/links`, for one call. */
export function createLinks(context: HostContext): typeof Links {
  return {
    get: (ns, name) => toLink(context.netlink(ns), ns, needLink(context, ns, name, "look up")),
    list(ns) {
      const links = listLinks(context.netlink(ns), ns);
      const names = new Map(links.map(({ index, name }) => [index, name]));
      return links.map((link) =>
        withMaster(link, link.masterIndex === undefined ? undefined : names.get(link.masterIndex))
      );
    },
    ensureBridge: (name, options) => ensureBridge(context, name, options),
    createVeth: (options) => createVeth(context, options),
    createMacvlan: (options) => createMacvlan(context, "host", options),
    createMacvlanOn: (parentNs, options, broadcastQueue) => createMacvlan(context, parentNs, options, broadcastQueue),
    createIpvlan: (options) => createIpvlan(context, options),
    createVlan: (options) => createVlan(context, options),
    getChild: (ns, name) => getChild(context, ns, name),
    moveToContainer: (device, containerName) => moveToContainer(context, device, containerName),
    ensureVxlan: (name, options) => ensureVxlan(context, name, options),
    set: (ns, name, changes) => setLink(context, ns, name, changes),
    tuning(ns, name) {
      const { allmulti, queueLength } = needLink(context, ns, name, "look up");
      return { allmulti, queueLength };
    },
    tune: (ns, name, tuning) => setLink(context, ns, name, tuning),
    addVlans: (name, vlans) => addVlans(context, name, vlans),
    removeVlans: (name, vlans) => removeVlans(context, name, vlans),
    supports: (kind) => supportsKind(context, kind),
    waitRunning: (ns, name, timeoutMs) => waitRunning(context, ns, name, timeoutMs),
    delete: (ns, name) => deleteLink(context, ns, name),
  };
}
