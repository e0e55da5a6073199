// Nodes as network namespaces, on one bridge: what a rack's switch is to real ones.

import { createAddresses } from "../../../host-funcs/addresses/mod.ts";
import type { HostContext } from "../../../host-funcs/context.ts";
import { createLinks } from "../../../host-funcs/links/mod.ts";
import { currentNamespace, openNamespace } from "../../../host-funcs/sys/namespace.ts";
import { createNamespace, deleteNamespace } from "../../../host-funcs/sys/namespace_create.ts";
import { openNetlink } from "../../../host-funcs/sys/netlink_socket.ts";

const SWITCH = "switch";

/** A node's namespace, with eth0 on the bridge. */
export interface DemoNode {
  readonly name: string;
  /** Path of its namespace. */
  readonly netns: string;
  /** Of its eth0, without prefix length. */
  readonly address: string;
}

/** @param folder for the namespaces' files */
export function makeNode(folder: string, number: number): DemoNode {
  const [name, address] = [`node-${number}`, `192.168.77.${10 + number}`];
  const netns = `${folder}/${name}`;
  createNamespace(netns);
  const { context, close } = betweenHereAnd(netns);
  try {
    const links = createLinks(context);
    links.ensureBridge(SWITCH, { vlanFiltering: false, defaultVlan: true });
    links.createVeth({ peerNs: "container", peerName: "eth0", name: `port-${number}`, master: SWITCH });
    createAddresses(context).add("container", "eth0", { cidr: `${address}/24`, dad: false });
    links.set("host", `port-${number}`, { up: true });
    links.set("container", "lo", { up: true });
    links.set("container", "eth0", { up: true });
  } finally {
    close();
  }
  return { name, netns, address };
}

export function removeNode({ netns }: DemoNode): void {
  deleteNamespace(netns);
}

/** What host functions need: `host` is this process's namespace, `container` the node's. Nothing is written down. */
function betweenHereAnd(netns: string): { context: HostContext; close: () => void } {
  const namespaces = { host: currentNamespace(), container: openNamespace(netns) };
  const sockets = { host: openNetlink(namespaces.host), container: openNetlink(namespaces.container) };
  const context: HostContext = {
    attachment: { network: "", containerId: "", ifname: "" },
    args: [],
    config: {},
    namespace: (ns) => namespaces[ns],
    netlink: (ns) => sockets[ns],
    database() {
      throw new Error("the demo's nodes are made without a database");
    },
    record() {},
    log() {},
  };
  const close = () => {
    for (const socket of Object.values(sockets)) socket.close();
    namespaces.container.close();
  };
  return { context, close };
}
