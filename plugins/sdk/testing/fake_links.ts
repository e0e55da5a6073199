// The interface `links` over a fake network.

import type * as Links from "cnidaria:cni/links@0.3.0";
import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { FakeLink, FakeNetwork } from "./fake_network.ts";
import { HostFailure } from "./host_failure.ts";

type ChildOptions = Pick<Links.MacvlanOptions, "parent" | "name" | "mtu" | "mac">;

/** The link as the contract has it. */
function view(link: FakeLink): Links.Link {
  const { ns: _ns, addresses: _addresses, dad: _dad, vlans: _vlans, ...plain } = link;
  return structuredClone(plain);
}

export function fakeLinks(network: FakeNetwork): typeof Links {
  const createChild = (kind: string, parentNs: Ns, { parent, name, mtu, mac }: ChildOptions) => {
    const { index, mtu: most } = network.link(parentNs, parent);
    const own = mac === undefined ? {} : { mac };
    return view(network.addLink("container", name, kind, { mtu: mtu ?? most, peerIndex: index, ...own }));
  };
  return {
    get: (ns, name) => view(network.link(ns, name)),
    list: (ns) => network.links(ns).map(view),
    ensureBridge(name, options) {
      const present = network.findLink("host", name);
      if (present !== undefined && present.kind !== "bridge") {
        throw new HostFailure("invalid", `${name} is a ${present.kind}, not a bridge`);
      }
      const bridge = present ?? network.addLink("host", name, "bridge", {
        mtu: options.mtu ?? 1500,
        vlanFiltering: options.vlanFiltering,
      });
      bridge.up = true;
      network.settle();
      return view(bridge);
    },
    createVeth(options) {
      if (options.master !== undefined) network.link("host", options.master);
      const mtu = options.mtu ?? 1500;
      const peer = network.addLink(options.peerNs, options.peerName, "veth", {
        mtu,
        ...options.peerMac === undefined ? {} : { mac: options.peerMac },
      });
      const name = options.name ?? `veth${peer.index.toString(16).padStart(8, "0")}`;
      const host = network.addLink("host", name, "veth", { mtu, peerIndex: peer.index });
      peer.peerIndex = host.index;
      if (options.master !== undefined) host.master = options.master;
      if (options.master !== undefined) host.vlans.push("1 pvid untagged");
      network.settle();
      return { host: view(host), peer: view(peer) };
    },
    moveToContainer({ tag, val }, name) {
      if (tag !== "name") throw new HostFailure("unsupported", `a fake node has devices by name alone: ${tag} ${val}`);
      const { kind, mac, mtu } = network.link("host", val);
      network.deleteLink("host", val);
      return view(network.addLink("container", name, kind, { mac, mtu }));
    },
    createMacvlan: (options) => createChild("macvlan", "host", options),
    createMacvlanOn: (parentNs, options) => createChild("macvlan", parentNs, options),
    createIpvlan: (options) => createChild("ipvlan", options.parentNs, options),
    createVlan: (options) => createChild("vlan", options.parentNs, options),
    getChild(_ns, name) {
      throw new HostFailure("unsupported", `The fake network does not keep what ${name} has of its parent`);
    },
    ensureVxlan(name, options) {
      const device = network.findLink("host", name) ?? network.addLink("host", name, "vxlan", {
        mtu: options.mtu ?? 1450,
      });
      device.up = true;
      network.settle();
      return view(device);
    },
    set(ns, name, changes) {
      const link = network.link(ns, name);
      const { hairpin, isolated, master, ...plain } = changes;
      if ((hairpin !== undefined || isolated !== undefined) && link.master === undefined) {
        throw new HostFailure("invalid", `${name} is no bridge port`);
      }
      Object.assign(link, Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined)));
      if (master === "") delete link.master;
      else if (master !== undefined) link.master = network.link("host", master).name;
      network.settle();
      if (link.port !== undefined && hairpin !== undefined) link.port.hairpin = hairpin;
      if (link.port !== undefined && isolated !== undefined) link.port.isolated = isolated;
    },
    tuning(ns, name) {
      network.link(ns, name);
      return { allmulti: false, queueLength: 1000 };
    },
    tune: (ns, name) => void network.link(ns, name),
    addVlans(name, vlans) {
      network.link("host", name).vlans.push(...vlans.map(vlanText));
    },
    removeVlans(name, vlans) {
      const link = network.link("host", name);
      link.vlans = link.vlans.filter((text) =>
        !vlans.some((vlan) => text.split(" ")[0] === vlanText(vlan).split(" ")[0])
      );
    },
    supports: (kind) => !network.missingKinds.includes(kind),
    waitRunning(ns, name) {
      const link = network.link(ns, name);
      if (!link.running) throw new HostFailure("timeout", `${name} does not run`);
      return view(link);
    },
    delete: (ns, name) => network.deleteLink(ns, name),
  };
}

function vlanText(vlan: Links.Vlan): string {
  const range = vlan.first === vlan.last ? `${vlan.first}` : `${vlan.first}-${vlan.last}`;
  return `${range}${vlan.pvid ? " pvid" : ""}${vlan.untagged ? " untagged" : ""}`;
}
