// Links on a parent: macvlan, ipvlan, VLAN devices.

import type { Child, IpvlanOptions, Link, MacvlanOptions, VlanOptions } from "cnidaria:cni/links@0.3.0";
import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { attempt, EEXIST } from "../sys/errno.ts";
import { formatMac, parseMac } from "../sys/mac_address.ts";
import { type ChildKind, childMessage, readChild } from "./child_message.ts";
import { refusal } from "./child_refusal.ts";
import { IFLA_IFNAME, linkMessage, RTM_NEWLINK } from "./link_message.ts";
import { findLink, needLink, place, toLink } from "./look_up.ts";

interface ChildOptions {
  readonly parentNs: Ns;
  readonly parent: string;
  readonly name: string;
  readonly mtu?: number | undefined;
  readonly mac?: string | undefined;
}

const MAX_VLAN_ID = 4094;

/** See `create-macvlan-on` of the contract. */
export function createMacvlan(context: HostContext, parentNs: Ns, options: MacvlanOptions, broadcastQueue?: number) {
  const queue = broadcastQueue === undefined ? {} : { broadcastQueue };
  return createChild(context, { tag: "macvlan", val: options.mode, ...queue }, { ...options, parentNs });
}

/** See `create-ipvlan` of the contract. */
export function createIpvlan(context: HostContext, options: IpvlanOptions): Link {
  return createChild(context, { tag: "ipvlan", val: options.mode }, options);
}

/** See `create-vlan` of the contract. */
export function createVlan(context: HostContext, options: VlanOptions): Link {
  if (options.id > MAX_VLAN_ID) {
    throw new HostCallError(
      "invalid",
      `Cannot create the vlan ${
        place("container", options.name)
      } as its number must be 0 to ${MAX_VLAN_ID}, but is ${options.id}`,
    );
  }
  return createChild(context, { tag: "vlan", val: options.id }, options);
}

/** See `get-child` of the contract. */
export function getChild(context: HostContext, ns: Ns, name: string): Child {
  const link = needLink(context, ns, name, "look up");
  const child = readChild(link);
  if (child !== undefined) return child;
  throw new HostCallError(
    "invalid",
    `Cannot say what ${place(ns, name)} has of its parent as it is a ${link.kind || "physical device"}, or of a mode ` +
      "that is not known",
  );
}

/** It is made in the container's namespace; down. */
function createChild(context: HostContext, kind: ChildKind, options: ChildOptions): Link {
  const { name, mtu, parentNs } = options;
  const own = `the ${kind.tag} ${place("container", name)}`;
  const container = context.netlink("container");
  if (findLink(container, "container", name)) {
    throw new HostCallError("exists", `Cannot create ${own} as it exists already (EEXIST)`, EEXIST);
  }
  const mac = options.mac === undefined ? undefined : parseMac(options.mac);
  const parent = needLink(context, parentNs, options.parent, `create the ${kind.tag} ${name} on`);
  if (mtu !== undefined && mtu > parent.mtu) {
    throw new HostCallError(
      "invalid",
      `Cannot create ${own} as its MTU of ${mtu} is above the ${parent.mtu} of its parent ${
        place(parentNs, parent.name)
      }: give it less, or raise that`,
    );
  }
  const madeAs = parentNs === "container" ? name : freeName(context, name);
  const asked = { ...mtu === undefined ? {} : { mtu }, ...mac === undefined ? {} : { mac: formatMac(mac) } };
  const renamed = madeAs === name ? {} : { madeAs };
  context.record({ kind: "link-created", ns: "container", name, linkKind: kind.tag, ...asked, ...renamed });
  const message = childMessage(kind, {
    name: madeAs,
    parentIndex: parent.index,
    ...parentNs === "container" ? {} : { netnsFd: context.namespace("container").fd },
    ...mtu === undefined ? {} : { mtu },
    ...mac === undefined ? {} : { mac },
  });
  try {
    context.netlink(parentNs).request(message);
  } catch (error) {
    throw refusal(kind, `create ${own} on ${options.parent}`, error);
  }
  if (madeAs !== name) rename(context, madeAs, name);
  return toLink(container, "container", needLink(context, "container", name, "look up"));
}

/**
 * The name to make it under. Kernels before 6.15 refuse a name that a link of the parent's namespace has, though the new
 * one is made in another: then it gets another name first.
 */
function freeName(context: HostContext, name: string): string {
  if (!findLink(context.netlink("host"), "host", name)) return name;
  return `new-${crypto.randomUUID().slice(0, 8)}`;
}

function rename(context: HostContext, from: string, to: string): void {
  const { index } = needLink(context, "container", from, `rename to ${to}`);
  attempt(
    `rename ${place("container", from)} to ${to}`,
    () => context.netlink("container").request(linkMessage(RTM_NEWLINK, { index }).string(IFLA_IFNAME, to)),
  );
}
