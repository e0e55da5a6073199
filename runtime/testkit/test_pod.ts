// A pod of a node in memory: what a container runtime asks for it, verb by verb.

import type * as Links from "cnidaria:cni/links@0.3.0";
import type { AttachmentId } from "cnidaria:cni/types@0.3.0";
import type { HostFunctions } from "./host_functions.ts";
import type { TestNode } from "./test_node.ts";

/** A network configuration. `cniVersion` (1.1.0), `name` (net) and `type` (the first plugin under test) are filled in. */
export type Config = Readonly<Record<string, unknown>>;

/** A success result as the plugin's caller gets it: JSON of CNI 1.1.0. */
export interface Result {
  readonly cniVersion: string;
  readonly interfaces?: readonly { name: string; mac?: string; mtu?: number; sandbox?: string }[];
  readonly ips?: readonly { address: string; gateway?: string; interface?: number }[];
  readonly routes?: readonly { dst: string; gw?: string; mtu?: number; priority?: number; table?: number }[];
  readonly dns?: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

/** What a pod begins with, where a plugin of the chain has run before the one under test. */
export interface Attached {
  /** CIDR notation. */
  readonly addresses?: readonly string[];
  /** Of the default routes of their families. */
  readonly gateways?: readonly string[];
  /** Bytes; 1500 unless given. */
  readonly mtu?: number;
  /** Name of a bridge on the host that the host's end joins; it is made if there is none. */
  readonly bridge?: string;
}

export interface PodOptions {
  /** CNI_IFNAME, eth0 unless given. */
  readonly ifname?: string;
  /** CNI_ARGS: `{ K8S_POD_NAME: "web-0" }`. */
  readonly args?: Readonly<Record<string, string>>;
}

export class TestPod implements AttachmentId {
  readonly ifname: string;
  readonly args: Readonly<Record<string, string>>;
  /** Of the last ADD, or of `attached`: the next verb's `prevResult`. */
  result: Result | undefined;

  /** @param containerId CNI_CONTAINERID */
  constructor(private readonly node: TestNode, readonly containerId: string, options: PodOptions) {
    this.ifname = options.ifname ?? "eth0";
    this.args = options.args ?? {};
  }

  /** @throws {CniFailure} the error result; what the ADD had made has been undone */
  async add(config: Config = {}): Promise<Result> {
    this.result = await this.node.call("ADD", this, config) as Result;
    return this.result;
  }

  /** @throws {CniFailure} */
  async check(config: Config = {}): Promise<void> {
    await this.node.call("CHECK", this, config);
  }

  /** @throws {CniFailure} */
  async del(config: Config = {}): Promise<void> {
    await this.node.call("DEL", this, config);
  }

  /** The host functions, for this pod, as no grant limits them: to set the scene, and to look. */
  get functions(): HostFunctions {
    return this.node.functionsFor(this);
  }

  /**
   * Attaches the pod without a plugin: a veth pair, up, with addresses and default routes. The next verb gets the result
   * as its `prevResult`.
   */
  attached({ addresses = [], gateways = [], mtu, bridge }: Attached = {}): Result {
    const { links, ...host } = this.functions;
    if (bridge !== undefined) links.ensureBridge(bridge, { vlanFiltering: false, defaultVlan: true });
    const options: Links.VethOptions = {
      peerNs: "container",
      peerName: this.ifname,
      ...mtu !== undefined && { mtu },
      ...bridge !== undefined && { master: bridge },
    };
    const pair = links.createVeth(options);
    for (const cidr of addresses) host.addresses.add("container", this.ifname, { cidr, dad: false });
    links.set("host", pair.host.name, { up: true });
    links.set("container", this.ifname, { up: true });
    const routes = gateways.map((gateway) => ({ dst: gateway.includes(":") ? "::/0" : "0.0.0.0/0", gateway }));
    for (const route of routes) host.routes.add("container", { ...route, link: this.ifname, onlink: false });
    const sandbox = this.node.netnsOf(this);
    return this.result = {
      cniVersion: "1.1.0",
      interfaces: [
        { name: pair.host.name, mac: pair.host.mac },
        { name: this.ifname, mac: pair.peer.mac, mtu: pair.peer.mtu, sandbox },
      ],
      ips: addresses.map((address) => {
        const gateway = gateways.find((it) => it.includes(":") === address.includes(":"));
        return { address, interface: 1, ...gateway !== undefined && { gateway } };
      }),
      routes: routes.map(({ dst, gateway }) => ({ dst, gw: gateway })),
    };
  }

  /** The pod's namespace goes, as when its last process has ended. DEL is still to come. */
  end(): void {
    this.node.endPod(this);
  }
}
