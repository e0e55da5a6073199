import { assert, assertEquals, assertMatch } from "@std/assert";
import { contractFunctions } from "../../plugin/grants/testing/contract_functions.ts";
import { describeCall, MUTATIONS } from "./describe_call.ts";

/** What only looks, runs another plugin, or writes to the log. */
const OTHERS =
  /\.(blockers|inForce|inUse|get|getChild|differences|list|listAll|fdbList|settle|supports|tuning|probe|waitRunning|listMasquerades|hasMacCheck|held|usage|resolvConf|subnetEnv|waitSubnetEnv|refusedParameters|versions)$/;

Deno.test("every function of the contract either changes something, and has a sentence, or does not", async () => {
  const functions = await contractFunctions();
  const rest = functions.filter((name) => !MUTATIONS.has(name));
  assertEquals(rest.filter((name) => !OTHERS.test(name) && !/^(ipam|delegate|log)\./.test(name)), []);
  for (const name of MUTATIONS) assert(functions.includes(name), `${name} is not in the contract`);
});

const vlan = { first: 100, last: 100, pvid: true, untagged: true };
const lease = { kind: "lease-acquired", store: "", address: "10.1.0.2", sequence: 1 } as const;
const made = { kind: "link-created", ns: "host", name: "veth<random>", linkKind: "veth" } as const;
const changed = { kind: "link-changed", ns: "host", name: "br0", before: { up: false } } as const;

Deno.test.each(
  [
    [
      "links.ensureBridge",
      ["br0", { mtu: 1400 }],
      [{ ...made, name: "br0" }],
      "make bridge br0 on the host, up, MTU 1400",
    ],
    ["links.ensureBridge", ["br0", {}], [], "bridge br0 on the host, up - it is so already"],
    [
      "links.createVeth",
      [{ peerNs: "container", peerName: "eth0", master: "br0" }],
      [made],
      "make veth pair eth0 in the container and veth<random> on the host, a port of br0",
    ],
    [
      "links.set",
      ["container", "eth0", { up: true, mtu: 1300, master: "" }],
      [changed],
      "set eth0 in the container: up, no port of a bridge, mtu 1300",
    ],
    [
      "links.moveToContainer",
      [{ tag: "mac", val: "02:00:00:00:00:01" }, "eth0"],
      [{ kind: "link-moved", name: "eth1", containerName: "eth0", linkKind: "", index: 2, before: {} }],
      "move eth1 on the host to eth0 in the container",
    ],
    [
      "links.tune",
      ["container", "eth0", { allmulti: true, queueLength: 10 }],
      [changed],
      "set eth0 in the container: allmulti true, transmit queue length 10",
    ],
    [
      "sysctl.setAll",
      ["container", [{ key: "net/core/somaxconn", value: "5" }, { key: "net/ipv4/ip_forward", value: "1" }]],
      [changed],
      "set kernel parameters in the container: net/core/somaxconn to 5, net/ipv4/ip_forward to 1",
    ],
    [
      "port-maps.add",
      [
        [
          { protocol: "tcp", hostPort: 8080, address: "10.1.0.5", containerPort: 80 },
          { protocol: "udp", hostAddress: "192.0.2.1", hostPort: 53, address: "10.1.0.5", containerPort: 53 },
        ],
        { networks: ["10.1.0.0/16"], markBit: 13 },
      ],
      [changed],
      "map tcp 8080 to 10.1.0.5 port 80, udp 53 of 192.0.2.1 to 10.1.0.5 port 53, masquerading what comes from 10.1.0.0/16",
    ],
    ["port-maps.release", [], [changed], "end the attachment's port maps"],
    [
      "links.addVlans",
      ["v0", [vlan, { ...vlan, last: 105, pvid: false }]],
      [changed],
      "add VLAN 100 (PVID) (untagged), VLAN 100-105 (untagged) to v0 on the host",
    ],
    [
      "routes.add",
      ["container", { dst: "::/0", gateway: "fd00::1", link: "eth0", onlink: false }],
      [changed],
      "add route ::/0 via fd00::1 by eth0 in the container",
    ],
    [
      "links.createMacvlanOn",
      ["container", { parent: "net1", name: "eth0", mode: "vepa", mac: "0a:00:00:00:00:01" }, 500],
      [changed],
      "make macvlan eth0 in the container on net1 in the container, mode vepa, MAC 0a:00:00:00:00:01, broadcast queue 500",
    ],
    [
      "links.createVlan",
      [{ parentNs: "host", parent: "uplink", name: "eth0", id: 5, mtu: 1400 }],
      [changed],
      "make VLAN device eth0 in the container on uplink, VLAN 5, MTU 1400",
    ],
    [
      "rules.add",
      ["container", { family: "ipv4", source: "10.1.0.2/32", table: 100, more: false }],
      [changed],
      "add rule from 10.1.0.2/32 lookup 100 in the container",
    ],
    [
      "rules.remove",
      ["host", { family: "ipv6", priority: 7, table: 100, more: false }],
      [changed],
      "remove rule from all IPv6 lookup 100 priority 7 on the host",
    ],
    ["leases.acquire", [{ ranges: [{ subnet: "10.1.0.0/16" }] }, undefined], [lease], "lease 10.1.0.2 of 10.1.0.0/16"],
    [
      "addresses.add",
      ["container", "eth0", { cidr: "10.1.0.2/16", dad: false }],
      [{ kind: "isolation-added", address: "10.1.0.2", pod: "", closed: true }],
      "add address 10.1.0.2/16 to eth0 in the container, isolated until its network policies are in force",
    ],
    ["neighbors.announce", ["container", "eth0", "10.1.0.2"], [], "announce 10.1.0.2 on eth0 in the container"],
    [
      "traffic-control.limit",
      ["eth0", { toContainer: { rate: 8_000_000 }, fromContainer: { rate: 1_500, burst: 8000 } }],
      [{ ...made, name: "bwp0123456789ab", linkKind: "ifb" }],
      "limit eth0 in the container: 8 Mbit/s to it, 1.5 kbit/s from it",
    ],
    [
      "firewall.addMasquerade",
      [{ source: "10.1.0.2", local: ["10.1.0.0/16"] }],
      [changed],
      "masquerade 10.1.0.2, but not to 10.1.0.0/16",
    ],
    [
      "forwarding.admit",
      [{ address: "10.1.0.2", adminChain: "LIMITS" }],
      [changed],
      "let what is forwarded to and from 10.1.0.2 pass the nftables chain admin-LIMITS",
    ],
    [
      "forwarding.confine",
      [{ link: "cni0", ingress: "isolated" }],
      [changed],
      "forward nothing to cni0 on the host from other such links, nor from itself",
    ],
    [
      "forwarding.isolatePort",
      ["veth1"],
      [changed],
      "have the bridge forward nothing from or to veth1 on the host",
    ],
  ] as const,
)("%s is described", (name, args, changes, sentence) => {
  assertEquals(describeCall({ plugin: "p", function: name, args, changes }), sentence);
});

Deno.test("a call that is refused says why", () => {
  const call = { plugin: "p", function: "links.delete", args: ["host", "br0"], changes: [], error: "denied: no grant" };
  assertMatch(describeCall(call), /^delete br0 on the host - refused: denied: no grant$/);
});
