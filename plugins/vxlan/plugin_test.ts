import { assert, assertEquals } from "@std/assert";
import type { Peer } from "cnidaria:cni/controller@0.3.0";
import { failureOf, loadController, NODES } from "../sdk/testing/mod.ts";

const controller = await loadController(new URL("./", import.meta.url));

/** net-conf.json. */
function network(backend: object = {}): object {
  return {
    Network: "10.244.0.0/16",
    EnableIPv6: true,
    IPv6Network: "fd00:42::/48",
    Backend: { Type: "vxlan", ...backend },
  };
}

const PEER: Peer = {
  name: "n2",
  subnet: "10.244.2.0/24",
  publicIp: "192.168.0.2",
  backendType: "vxlan",
  backendData: '{"VNI":1,"VtepMAC":"0a:00:00:00:00:02"}',
};
const PEER6: Peer = { ...PEER, subnet: "fd00:42:0:2::/64", publicIp: "2001:db8::2" };

/** The only plan for one peer. */
function planFor(peer: Partial<Peer>, backend: object = {}, node = {}) {
  const plans = controller.reconcile(network(backend), [{ ...PEER, ...peer }], node);
  assertEquals(plans.length, 1);
  return plans[0]!;
}

Deno.test("the component imports nothing but log", () => assertEquals(controller.imports, ["log", "types"]));

Deno.test("prepare(): Flannel's defaults", () => {
  assertEquals(controller.prepare(network()), {
    device: {
      name: "flannel.1",
      vni: 1,
      port: 8472,
      local: "192.168.0.1",
      parent: "eth0",
      mtu: 1450,
      mac: "02:00:00:00:00:01",
      learning: false,
      gbp: false,
    },
    addresses: [{ link: "flannel.1", cidr: "10.244.1.0/32" }],
    podMtu: 1450,
    backendData: '{"VNI":1,"VtepMAC":"02:00:00:00:00:01"}',
  });
});

Deno.test("prepare(): IPv6 has a device of its own, with larger headers", () => {
  const plan = controller.prepare(network(), NODES.ipv6);
  assertEquals([plan.device?.name, plan.device?.local, plan.device?.mtu], ["flannel-v6.1", "2001:db8::1", 1430]);
  assertEquals(plan.addresses, [{ link: "flannel-v6.1", cidr: "fd00:42:0:1::/128" }]);
  assertEquals([plan.podMtu, plan.backendData], [1430, '{"VNI":1,"VtepMAC":"02:00:00:00:00:01"}']);
});

Deno.test("prepare(): every option; keys of any case, null and unknown ones, as Flannel reads them", () => {
  const all = { vni: 4096, PORT: 4789, MTU: 1400, GBP: true, learning: true, DirectRouting: null, MacPrefix: "0E-2A" };
  const { device, podMtu } = controller.prepare(network(all));
  assertEquals(device && [device.name, device.vni, device.port, device.mtu, device.gbp, device.learning], [
    "flannel.4096",
    4096,
    4789,
    1350,
    true,
    true,
  ]);
  assertEquals(podMtu, 1350);
  assertEquals(controller.prepare(network({ Port: 0, MTU: 0 })).device?.port, 8472);
});

Deno.test("prepare(): a device that is there keeps its MAC, and peers are told of it", () => {
  const devices = [{ name: "flannel.2", mac: "0a:00:00:00:00:08" }, { name: "flannel.1", mac: "0A:00:00:00:00:09" }];
  const plan = controller.prepare(network(), { devices });
  assertEquals(plan.device?.mac, "0a:00:00:00:00:09");
  assertEquals(plan.backendData, '{"VNI":1,"VtepMAC":"0a:00:00:00:00:09"}');
});

Deno.test("prepare(): an MTU above the underlay's is cut, and that is said", () => {
  assertEquals(controller.prepare(network({ MTU: 9000 })).podMtu, 1450);
  assertEquals(controller.logged, ["warn: Backend.MTU is 9000, but eth0 carries 1500 bytes at most"]);
});

for (
  const [what, backend, node, message] of [
    ["VNI 0", { VNI: 0 }, {}, "Backend.VNI must be an integer from 1 to 16777215, but is 0"],
    ["a VNI of 25 bits", { VNI: 2 ** 24 }, {}, "Backend.VNI must be an integer from 1 to 16777215, but is 16777216"],
    ["a VNI that is text", { vni: "1" }, {}, 'Backend.VNI must be an integer from 1 to 16777215, but is "1"'],
    ["a port of 17 bits", { Port: 65536 }, {}, "Backend.Port must be an integer from 0 to 65535, but is 65536"],
    ["a negative MTU", { MTU: -1 }, {}, "Backend.MTU must be an integer from 0 to 65535, but is -1"],
    ["GBP that is text", { GBP: "yes" }, {}, 'Backend.GBP must be true or false, but is "yes"'],
    ["too small an MTU", { MTU: 117 }, {}, "Backend.MTU is 117, but pods need at least 68 bytes for IPv4"],
    [
      "an MTU below IPv6's",
      { MTU: 1349 },
      NODES.ipv6,
      "Backend.MTU is 1349, but pods need at least 1280 bytes for IPv6",
    ],
    ["an underlay below IPv6's", {}, { ...NODES.ipv6, underlayMtu: 1300 }, "the MTU of eth0 is 1300, but pods need at"],
    [
      "an underlay below IPv6's and a larger MTU",
      { MTU: 1500 },
      { ...NODES.ipv6, underlayMtu: 1300 },
      "Backend.MTU is 1500, of which eth0 carries 1300, but pods need at least 1280 bytes",
    ],
    ["a subnet elsewhere", {}, { subnet: "10.245.1.0/24" }, "Network is 10.244.0.0/16, but the subnet of node n1 is"],
    ["a subnet that is none", {}, { subnet: "10.244.1.0" }, "Network is 10.244.0.0/16, but the subnet of node n1 is"],
    ["a public address that is none", {}, { publicIp: "0.0.0.0" }, 'can be no node\'s: "0.0.0.0"'],
  ] as const
) {
  Deno.test(`prepare() and reconcile() refuse ${what}, naming the key`, () => {
    const failure = failureOf(() => controller.prepare(network(backend), node));
    assertEquals(failure.code, 7);
    assert(failure.message.startsWith("Cannot ") && failure.message.includes(message), failure.message);
  });
}

for (
  const [text, code, message] of [
    ["{", 6, "no JSON"],
    ["[]", 6, "no JSON object"],
    ["{}", 7, "Backend must be an object, but is undefined"],
    ['{"Backend":{"Type":"vxlan"}}', 7, "Network must be a network of IPv4 in CIDR notation, but is undefined"],
    [
      '{"Network":"fd00::/48","Backend":{}}',
      7,
      'Network must be a network of IPv4 in CIDR notation, but is "fd00::/48"',
    ],
    ['{"Network":5,"Backend":{}}', 7, "Network must be a network of IPv4 in CIDR notation, but is 5"],
  ] as const
) {
  Deno.test(`net-conf.json ${text} is refused by both functions`, () => {
    for (const run of [() => controller.prepare(text), () => controller.reconcile(text, [PEER])]) {
      const failure = failureOf(run);
      assertEquals([failure.code, failure.message.includes(message)], [code, true], failure.message);
    }
  });
}

Deno.test("reconcile(): a peer needs a route, a neighbour and a forwarding entry", () => {
  assertEquals(planFor({}), {
    routes: [{ dst: "10.244.2.0/24", gateway: "10.244.2.0", link: "flannel.1", onlink: true }],
    neighbors: [{ address: "10.244.2.0", mac: "0a:00:00:00:00:02", link: "flannel.1" }],
    fdb: [{ mac: "0a:00:00:00:00:02", dst: "192.168.0.2", link: "flannel.1" }],
  });
  assertEquals(planFor(PEER6, {}, NODES.ipv6), {
    routes: [{ dst: "fd00:42:0:2::/64", gateway: "fd00:42:0:2::", link: "flannel-v6.1", onlink: true }],
    neighbors: [{ address: "fd00:42:0:2::", mac: "0a:00:00:00:00:02", link: "flannel-v6.1" }],
    fdb: [{ mac: "0a:00:00:00:00:02", dst: "2001:db8::2", link: "flannel-v6.1" }],
  });
});

Deno.test("reconcile(): what is written otherwise comes out as the kernel has it", () => {
  const peer = {
    subnet: "FD00:0042:0:2::5/64",
    publicIp: "2001:DB8:0::2",
    backendData: '{"VtepMAC":"0A:00:00:00:00:02"}',
  };
  const [plan] = controller.reconcile(network(), [{ ...PEER, ...peer }], NODES.ipv6);
  assertEquals(plan, planFor(PEER6, {}, NODES.ipv6));
});

Deno.test("reconcile(): with DirectRouting a peer on the link needs a plain route, and nothing else", () => {
  const direct = { DirectRouting: true };
  assertEquals(planFor({}, direct), {
    routes: [{ dst: "10.244.2.0/24", gateway: "192.168.0.2", link: "eth0", onlink: false }],
    neighbors: [],
    fdb: [],
  });
  assertEquals(planFor({ publicIp: "192.168.1.2" }, direct), planFor({ publicIp: "192.168.1.2" }));
  const [plan] = controller.reconcile(network(direct), [PEER6], NODES.ipv6);
  assertEquals(plan?.routes, [{ dst: "fd00:42:0:2::/64", gateway: "2001:db8::2", link: "eth0", onlink: false }]);
  // A tunnel over IPv4 for pods of IPv6: a route of theirs cannot lead by an address of IPv4.
  const over4 = { ...NODES.ipv6, publicIp: "192.168.0.1", onLink: ["192.168.0.0/24"] };
  const [tunnel] = controller.reconcile(network(direct), [{ ...PEER6, publicIp: "192.168.0.2" }], over4);
  assertEquals(tunnel?.fdb, [{ mac: "0a:00:00:00:00:02", dst: "192.168.0.2", link: "flannel-v6.1" }]);
});

for (
  const [peer, why] of [
    [{ backendType: "host-gw" }, 'its backend is "host-gw", and not vxlan'],
    [{ subnet: "10.244.2.0" }, 'its subnet is no network in CIDR notation: "10.244.2.0"'],
    [{ subnet: "10.245.2.0/24" }, "its subnet 10.245.2.0/24 is not in the network 10.244.0.0/16"],
    [{ subnet: "10.0.0.0/8" }, "its subnet 10.0.0.0/8 is not in the network"],
    [{ subnet: "0.0.0.0/0" }, "its subnet 0.0.0.0/0 is not in the network"],
    [{ subnet: "fd00:42:0:2::/64" }, "its subnet fd00:42:0:2::/64 is not in the network"],
    [{ subnet: "10.244.1.128/25" }, "its subnet 10.244.1.128/25 overlaps that of this node, 10.244.1.0/24"],
    [{ subnet: "10.244.0.0/16" }, "its subnet 10.244.0.0/16 overlaps that of this node"],
    [{ publicIp: "" }, 'its public address can be no node\'s IPv4 address: ""'],
    [{ publicIp: "192.168.0.256" }, "its public address can be no node's"],
    [{ publicIp: "127.0.0.1" }, "its public address can be no node's"],
    [{ publicIp: "239.1.1.1" }, "its public address can be no node's"],
    [{ publicIp: "2001:db8::2" }, "its public address can be no node's IPv4 address"],
    [{ publicIp: "192.168.0.1" }, "its public address 192.168.0.1 is that of this node"],
    [{ backendData: "" }, 'its backend data is no JSON: ""'],
    [{ backendData: "null" }, "its backend data is no JSON object"],
    [{ backendData: '{"VNI":2,"VtepMAC":"0a:00:00:00:00:02"}' }, "its VNI is 2, and this network's is 1"],
    [{ backendData: '{"VNI":1}' }, "the VtepMAC in its backend data is no MAC address: undefined"],
    [{ backendData: '{"VNI":1,"VtepMAC":"0a:00"}' }, 'the VtepMAC in its backend data is no MAC address: "0a:00"'],
    [{ backendData: '{"VtepMAC":"00:00:00:00:00:00"}' }, "the VtepMAC in its backend data can be no device's"],
    [{ backendData: '{"VtepMAC":"01:00:5e:00:00:01"}' }, "the VtepMAC in its backend data can be no device's"],
    [{ backendData: '{"VtepMAC":"02:00:00:00:00:01"}' }, "its device has the MAC of this node's, 02:00:00:00:00:01"],
    [{ backendData: "[".repeat(512) }, "its backend data is no JSON"],
    [{ backendData: '{"a":'.repeat(102) }, "its backend data is no JSON"],
    [{ backendData: " ".repeat(513) }, "its backend data is longer than 512 characters"],
  ] as const
) {
  Deno.test(`reconcile() refuses ${JSON.stringify(peer).slice(0, 80)}, and that peer alone`, () => {
    const [bad, good] = controller.reconcile(network(), [{ ...PEER, ...peer, name: "bad" }, PEER]);
    const { refused, ...rest } = bad!;
    assertEquals(rest, { routes: [], neighbors: [], fdb: [] });
    assert(refused?.startsWith(`Cannot reach node "bad" as ${why}`), refused);
    assertEquals(good, planFor({}));
  });
}

Deno.test("reconcile(): a name of any length is cut, and cannot break the line", () => {
  const refused = planFor({ name: `a\n${"b".repeat(100_000)}`, subnet: "x" }).refused!;
  assert(refused.startsWith('Cannot reach node "a\\nbbb') && refused.length < 300, refused);
});
