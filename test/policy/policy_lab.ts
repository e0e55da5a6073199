// The lab of `places.ts` as network namespaces: pods of node one on a bridge, pods of node two each on a link of its own
// that the node routes to, and a host outside through which the nodes reach each other. IPv4 and IPv6.

import { Namespace } from "../lab/namespace.ts";
import { labDirectory } from "../lab/isolation.ts";
import { must } from "../lab/command.ts";
import { type Host, NODES, OUTSIDE, type Place, PLACES, SPARE } from "./places.ts";

/** Where a packet can come from and go to. */
export interface Endpoint extends Host {
  readonly namespace: Namespace;
}

const BRIDGE = { ipv4: "10.1.0.1", ipv6: "fd00:1::1" };
const GATEWAY = { ipv4: "169.254.1.1", ipv6: "fe80::1" };
const SUBNETS = { one: ["10.1.0.0/24", "fd00:1::/64"], two: ["10.2.0.0/24", "fd00:2::/64"] } as const;
const ROUTER = {
  one: { ipv4: "192.0.2.2", ipv6: "2001:db8:1::2" },
  two: { ipv4: "192.0.2.6", ipv6: "2001:db8:2::2" },
} as const;

/** Connections that ended are forgotten at once: another round may have the same ports. */
const SETTINGS = [
  "net.ipv4.ip_forward=1",
  "net.ipv6.conf.all.forwarding=1",
  "net.bridge.bridge-nf-call-iptables=1",
  "net.bridge.bridge-nf-call-ip6tables=1",
  "net.netfilter.nf_conntrack_tcp_timeout_close=1",
  "net.netfilter.nf_conntrack_udp_timeout=5",
  "net.netfilter.nf_conntrack_sctp_timeout_cookie_wait=1",
];

/** Link-local addresses are of use at once. */
const NO_DAD = "net.ipv6.conf.default.accept_dad=0";

export class PolicyLab implements AsyncDisposable {
  readonly nodes: Readonly<Record<Place["node"], Namespace>>;
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #owned: Namespace[] = [];

  private constructor(one: Namespace, two: Namespace) {
    this.nodes = { one, two };
    this.#owned.push(one, two);
    this.#endpoints.set("one", { ...NODES.one, namespace: one });
    this.#endpoints.set("two", { ...NODES.two, namespace: two });
  }

  static async create(): Promise<PolicyLab> {
    const lab = new PolicyLab(await Namespace.create("one"), await Namespace.create("two"));
    try {
      await lab.#layUnderlay();
      for (const place of [...PLACES, ...SPARE]) await lab.#addPod(place);
      return lab;
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** By its place's name: `x/a`, `spare-1`, `one`, `outside`. */
  endpoint(name: string): Endpoint {
    const found = this.#endpoints.get(name);
    if (found === undefined) throw new Error(`Cannot find ${name} in the lab: it has ${[...this.#endpoints.keys()]}`);
    return found;
  }

  async #layUnderlay(): Promise<void> {
    const outside = await this.#own("outside");
    this.#endpoints.set("outside", { ...OUTSIDE, namespace: outside });
    const { one, two } = this.nodes;
    await batch(outside, [
      "link set lo up",
      `address add ${OUTSIDE.ipv4}/32 dev lo`,
      `address add ${OUTSIDE.ipv6}/128 dev lo nodad`,
    ]);
    for (const [name, node] of [["one", one], ["two", two]] as const) {
      const { ipv4, ipv6 } = NODES[name];
      await node.must(["sysctl", "-qw", NO_DAD, ...SETTINGS]);
      await node.must(["ip", "link", "add", "uplink", "type", "veth", "peer", "name", name, "netns", outside.path]);
      await batch(node, [
        "link set lo up",
        `address add ${ipv4}/30 dev uplink`,
        `address add ${ipv6}/64 dev uplink nodad`,
        "link set uplink up",
        `route add default via ${ROUTER[name].ipv4} src ${ipv4}`,
        `route add default via ${ROUTER[name].ipv6} src ${ipv6}`,
      ]);
      await batch(outside, [
        `address add ${ROUTER[name].ipv4}/30 dev ${name}`,
        `address add ${ROUTER[name].ipv6}/64 dev ${name} nodad`,
        `link set ${name} up`,
        `route add ${SUBNETS[name][0]} via ${ipv4} src ${OUTSIDE.ipv4}`,
        `route add ${SUBNETS[name][1]} via ${ipv6} src ${OUTSIDE.ipv6}`,
      ]);
    }
    await outside.must(["sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"]);
    await batch(one, [
      "link add br0 type bridge mcast_snooping 0",
      `address add ${BRIDGE.ipv4}/24 dev br0`,
      `address add ${BRIDGE.ipv6}/64 dev br0 nodad`,
      "link set br0 up",
    ]);
  }

  async #addPod(place: Place): Promise<void> {
    const namespace = await this.#own(place.name.replace("/", "-"));
    this.#endpoints.set(place.name, { ...place, namespace });
    const node = this.nodes[place.node];
    const link = `p${this.#endpoints.size}`;
    await node.must(["ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", namespace.path]);
    const bridged = place.node === "one";
    const gateway = bridged ? BRIDGE : GATEWAY;
    await batch(
      node,
      bridged
        ? [`link set ${link} master br0`, `link set ${link} type bridge_slave hairpin on`, `link set ${link} up`]
        : [
          `link set ${link} up`,
          `address add ${GATEWAY.ipv4}/32 dev ${link}`,
          `address add ${GATEWAY.ipv6}/64 dev ${link} nodad`,
          `route add ${place.ipv4}/32 dev ${link}`,
          `route add ${place.ipv6}/128 dev ${link}`,
        ],
    );
    await batch(namespace, [
      "link set lo up",
      `address add ${place.ipv4}/${bridged ? 24 : 32} dev eth0`,
      `address add ${place.ipv6}/${bridged ? 64 : 128} dev eth0 nodad`,
      "link set eth0 up",
      `route add default via ${gateway.ipv4} dev eth0${bridged ? "" : " onlink"}`,
      `route add default via ${gateway.ipv6} dev eth0`,
    ]);
  }

  async #own(role: string): Promise<Namespace> {
    const namespace = await Namespace.create(role);
    this.#owned.push(namespace);
    await namespace.must(["sysctl", "-qw", NO_DAD]);
    return namespace;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const namespace of this.#owned) await namespace.delete();
  }
}

/** Commands of iproute2, in one process. */
async function batch(namespace: Namespace, commands: readonly string[]): Promise<void> {
  await must(["nsenter", `--net=${namespace.path}`, "--", "ip", "-batch", "-"], { input: `${commands.join("\n")}\n` });
}

/** Whether the lab has what it needs of this kernel; else why not. */
export function whyNoPolicyLab(): string | undefined {
  try {
    Deno.statSync("/proc/sys/net/bridge/bridge-nf-call-iptables");
    labDirectory();
    return undefined;
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? "needs br_netfilter" : (error as Error).message;
  }
}
