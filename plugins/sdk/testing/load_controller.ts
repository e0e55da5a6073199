// Runs a controller in the real sandbox, as the agent does, for its tests.

import type { LocalNode, NodePlan, Peer, PeerPlan } from "cnidaria:cni/controller@0.3.0";
import { qualifiedName } from "../../../host-funcs/wit/contract.ts";
import { FakeHost } from "./fake_host.ts";
import { callOnce, loadComponent } from "./load_plugin.ts";

const CONTROLLER = qualifiedName("controller");

/** The functions of a loaded controller. Each call runs in an instance of its own. */
export interface LoadedController {
  /** The interfaces that the component imports. */
  readonly imports: readonly string[];
  /** `LEVEL: MESSAGE`, of all calls. */
  readonly logged: string[];
  /** `network` is net-conf.json: an object, or its text. @throws {PluginError} */
  prepare(network: object | string, node?: Partial<LocalNode>): NodePlan;
  reconcile(network: object | string, peers: Peer[], node?: Partial<LocalNode>): PeerPlan[];
}

const MAC = "02:00:00:00:00:01";
const both = { name: "n1", underlay: "eth0", underlayMtu: 1500, devices: [], freshMac: MAC };

/** A node, as the tests of controllers have it. */
export const NODES: Readonly<Record<LocalNode["family"], LocalNode>> = {
  ipv4: { ...both, family: "ipv4", subnet: "10.244.1.0/24", publicIp: "192.168.0.1", onLink: ["192.168.0.0/24"] },
  ipv6: { ...both, family: "ipv6", subnet: "fd00:42:0:1::/64", publicIp: "2001:db8::1", onLink: ["2001:db8::/64"] },
};

/** Builds and loads a controller, see `loadPlugin`. A node is `NODES.ipv4` but for what a call says of it. */
export async function loadController(dir: string | URL): Promise<LoadedController> {
  const component = await loadComponent(dir);
  const host = new FakeHost();
  const call = (name: string, network: object | string, node: Partial<LocalNode>, ...more: unknown[]) => {
    const text = typeof network === "string" ? network : JSON.stringify(network);
    return callOnce(component, host.imports(), CONTROLLER, name, [text, { ...NODES.ipv4, ...node }, ...more]);
  };
  return {
    imports: component.imports.map((name) => name.replace(/^cnidaria:cni\/(.*)@.*$/, "$1")),
    logged: host.logged,
    prepare: (network, node = {}) => call("prepare", network, node) as NodePlan,
    reconcile: (network, peers, node = {}) => call("reconcile", network, node, peers) as PeerPlan[],
  };
}
