// Every function of the contract, as the .wit files have it: a call of each that is refused at the gate, with the exact
// message, and no way to any of them without its import. A function without a row here fails the test.

import { assertEquals, assertThrows } from "@std/assert";
import { HostCallError } from "../../../host-funcs/error.ts";
import type { HostFunction } from "../../engine/engine.ts";
import { noCheckpoint } from "../checkpoint.ts";
import { Gate, PluginCallError } from "../gate.ts";
import { type InterfaceName, INTERFACES, type Manifest, parseManifest } from "../manifest.ts";
import { Trace } from "../trace.ts";
import { contractFunctions } from "./testing/contract_functions.ts";

const CONFIG = {
  name: "net",
  hwaddr: "02:00:00:00:00:01",
  ipam: { type: "host-local", subnet: "10.5.0.0/16", dataDir: "/d" },
};

function manifestOf(imports: readonly string[]): Manifest {
  const grants = {
    links: { host: ["cni0"], container: ["${ifname}"], parents: ["uplink"] },
    addresses: { host: ["${ipam}"], container: ["${ipam}"] },
    routes: { host: ["${ipam}"], container: ["10.0.0.0/8"] },
    rules: { host: ["${ipam}"], container: ["10.0.0.0/8"] },
    sysctl: ["host:net/ipv4/ip_forward"],
    firewall: { masquerade: ["${ipam}"] },
    forwarding: { pods: ["${ipam}"], links: ["${prevResult}"] },
    leases: ["${config.ipam.subnet}"],
    delegate: ["${config.delegate.type:bridge}"],
    portMaps: ["${ips}"],
    devices: ["mac:${config.hwaddr}"],
  };
  return parseManifest(JSON.stringify({ name: "p", version: "1", description: "", imports, grants }), "plugin.json");
}

/** Calls a function behind the gate. */
function call(manifest: Manifest, interfaceName: InterfaceName, name: string, run: HostFunction, args: unknown[]) {
  const gate = new Gate({
    manifest,
    scope: {
      ifname: "eth0",
      config: CONFIG,
      command: "ADD",
      madeLink: () => false,
      ips: () => [{ address: "10.5.0.7/24", gateway: "10.5.0.1" }],
      valid: [],
      resultLinks: ["cni0", "veth1"],
    },
    trace: new Trace(),
    checkpoint: noCheckpoint,
    mark: () => 0,
    retract: () => {},
  });
  return gate.guard(interfaceName, { [name]: run })[name]!(...args);
}

/** The refusal of a call, which the host function must not see. */
function refusal(manifest: Manifest, label: string, args: unknown[]): string {
  const [interfaceName, name] = label.split(".") as [InterfaceName, string];
  const run = () => {
    throw new Error(`${label} was reached`);
  };
  const error = assertThrows(() => call(manifest, interfaceName, name, run, args)) as Error;
  if (error instanceof PluginCallError) assertEquals(error.payload.code, 215);
  else assertEquals((error as HostCallError).code, "denied", error.message);
  return error.message;
}

const POOL = { index: 0, ranges: [{ subnet: "10.5.0.0/16" }], store: "", domain: "", cooldown: 0 };
const cannot = (label: string, missing: string) =>
  `Cannot call ${label} for plugin p as it has no grant for that: in its plugin.json ${missing}`;
const links = (name: string, ns = "host") =>
  `grants.links.${ns} does not cover "${name}": ${ns === "host" ? '["cni0"]' : '["${ifname}"]'}`;
const forwarded = (name: string) => `grants.forwarding.links does not cover "${name}": ["\${prevResult}"]`;
const parents = (name: string) => `grants.links.parents does not cover "${name}": ["uplink"]`;
const networks = (grant: string, text: string, entries: string, here: string) =>
  `grants.${grant} does not cover "${text}": ["${entries}"], which is ${here} in this call`;
const ipam = (grant: string, text: string) => networks(grant, text, "${ipam}", "10.5.0.0/24");
const store = 'nothing could allow it: the store is "/other", but ipam.dataDir is "/d"';
const another = (key: string, found: string, own: string) =>
  `nothing could allow it: "${key}" of the configuration that it hands on is not that of its own, ${found} instead of ${own}`;
const otherIpam = JSON.stringify({ ...CONFIG, ipam: { type: "host-local", subnet: "10.9.0.0/16" } });
const ipamChanged = another(
  "ipam",
  '{"type":"host-local","subnet":"10.9.0.0/16"}',
  '{"type":"host-local","subnet":"10.5.0.0/16","dataDir":"/d"}',
);
const otherName = JSON.stringify({ ...CONFIG, name: "another" });
const renamed = another("name", '"another"', '"net"');
const moreRanges = JSON.stringify({ ...CONFIG, runtimeConfig: { ipRanges: [[{ subnet: "10.9.0.0/16" }]] } });
const noPlugin = (type: string) => `grants.delegate does not cover "${type}": ["\${config.delegate.type:bridge}"]`;

/** A call that has the import, and is out of scope. */
const OUT_OF_SCOPE: [string, unknown[], string][] = [
  ["links.ensureBridge", ["docker0", {}], links("docker0")],
  ["links.createVeth", [{ peerNs: "container", peerName: "eth1" }], links("eth1", "container")],
  ["links.createVeth", [{ peerNs: "container", peerName: "eth0", name: "lo0" }], links("lo0")],
  ["links.createVeth", [{ peerNs: "container", peerName: "eth0", master: "docker0" }], links("docker0")],
  [
    "links.moveToContainer",
    [{ tag: "name", val: "uplink" }, "eth0"],
    'grants.devices does not cover "name:uplink": ["mac:${config.hwaddr}"]',
  ],
  ["links.moveToContainer", [{ tag: "mac", val: "02:00:00:00:00:01" }, "eth1"], links("eth1", "container")],
  ["links.createMacvlan", [{ parent: "uplink", name: "eth0" }], links("uplink")],
  ["links.createMacvlanOn", ["host", { parent: "cni0", name: "eth0" }], parents("cni0")],
  ["links.createMacvlanOn", ["host", { parent: "uplink", name: "eth1" }], links("eth1", "container")],
  ["links.createIpvlan", [{ parentNs: "host", parent: "cni0", name: "eth0" }], parents("cni0")],
  ["links.createIpvlan", [{ parentNs: "host", parent: "uplink", name: "eth1" }], links("eth1", "container")],
  ["links.createVlan", [{ parentNs: "container", parent: "eth0", name: "eth0" }], parents("eth0")],
  ["links.createVlan", [{ parentNs: "host", parent: "uplink", name: "eth1" }], links("eth1", "container")],
  ["links.ensureVxlan", ["vx0", {}], links("vx0")],
  ["links.ensureVxlan", ["cni0", { parent: "uplink" }], links("uplink")],
  ["links.set", ["host", "uplink", { up: false }], links("uplink")],
  ["links.set", ["host", "cni0", { master: "docker0" }], links("docker0")],
  ["links.set", ["container", "lo", {}], links("lo", "container")],
  ["links.tune", ["container", "lo", {}], links("lo", "container")],
  ["links.addVlans", ["veth2", []], links("veth2")],
  ["links.removeVlans", ["veth2", []], links("veth2")],
  ["links.delete", ["host", "veth2"], links("veth2")],
  ["addresses.add", ["host", "uplink", { cidr: "10.5.0.1/24" }], links("uplink")],
  ["addresses.add", ["host", "cni0", { cidr: "10.9.0.1/24" }], ipam("addresses.host", "10.9.0.1/24")],
  // The address is inside, but the kernel would route all of the prefix to the link.
  ["addresses.add", ["host", "cni0", { cidr: "10.5.0.1/0" }], ipam("addresses.host", "10.5.0.1/0")],
  ["addresses.add", ["container", "eth0", { cidr: "10.9.0.5/24" }], ipam("addresses.container", "10.9.0.5/24")],
  ["addresses.remove", ["host", "cni0", "10.9.0.1/24"], ipam("addresses.host", "10.9.0.1/24")],
  ["routes.add", ["host", { dst: "0.0.0.0/0", link: "cni0" }], ipam("routes.host", "0.0.0.0/0")],
  ["routes.add", ["host", { dst: "10.5.0.0/16", link: "cni0" }], ipam("routes.host", "10.5.0.0/16")],
  ["routes.add", ["host", { dst: "10.5.0.7/32" }], 'grants.links.host is not ["*"], and the route names no link'],
  [
    "routes.add",
    ["host", { dst: "10.5.0.7/32", link: "cni0", table: 255 }],
    "nothing could allow it: of the host's tables only 254 (main) can be changed, not 255",
  ],
  [
    "routes.add",
    ["container", { dst: "0.0.0.0/0", link: "eth0" }],
    'grants.routes.container does not cover "0.0.0.0/0": ["10.0.0.0/8"]',
  ],
  ["routes.remove", ["host", { dst: "0.0.0.0/0", link: "cni0" }], ipam("routes.host", "0.0.0.0/0")],
  ["routes.remove", ["host", { dst: "10.5.0.0/24", link: "uplink" }], links("uplink")],
  ["rules.add", ["host", { family: "ipv4", source: "10.9.0.7/32" }], ipam("rules.host", "10.9.0.7/32")],
  ["rules.add", ["host", { family: "ipv6" }], ipam("rules.host", "::/0")],
  [
    "rules.add",
    ["container", { family: "ipv4" }],
    'grants.rules.container does not cover "0.0.0.0/0": ["10.0.0.0/8"]',
  ],
  ["rules.remove", ["host", { family: "ipv4", source: "10.5.0.0/16" }], ipam("rules.host", "10.5.0.0/16")],
  ["neighbors.set", ["host", { link: "uplink", address: "10.5.0.7" }], links("uplink")],
  ["neighbors.set", ["host", { link: "cni0", address: "10.9.0.7" }], ipam("addresses.host", "10.9.0.7")],
  ["neighbors.remove", ["host", "cni0", "10.9.0.7"], ipam("addresses.host", "10.9.0.7")],
  ["neighbors.announce", ["container", "eth0", "10.9.0.7"], ipam("addresses.container", "10.9.0.7")],
  ["neighbors.fdbSet", [{ link: "uplink" }], links("uplink")],
  ["neighbors.fdbRemove", [{ link: "uplink" }], links("uplink")],
  [
    "sysctl.set",
    ["host", "net/ipv4/conf/all/rp_filter", "0"],
    'grants.sysctl does not cover "host:net/ipv4/conf/all/rp_filter": ["host:net/ipv4/ip_forward"]',
  ],
  [
    "sysctl.set",
    ["container", "net/ipv4/ip_forward", "1"],
    'grants.sysctl does not cover "container:net/ipv4/ip_forward": ["host:net/ipv4/ip_forward"]',
  ],
  [
    "sysctl.setAll",
    ["host", [{ key: "net/ipv4/ip_forward" }, { key: "net/ipv4/conf/all/rp_filter" }]],
    'grants.sysctl does not cover "host:net/ipv4/conf/all/rp_filter": ["host:net/ipv4/ip_forward"]',
  ],
  ["firewall.addMasquerade", [{ source: "10.9.0.7", local: [] }], ipam("firewall.masquerade", "10.9.0.7")],
  ["firewall.addMacCheck", ["uplink", ""], links("uplink")],
  ["forwarding.admit", [{ address: "10.9.0.7" }], ipam("forwarding.pods", "10.9.0.7")],
  ["forwarding.confine", [{ link: "uplink", ingress: "isolated" }], forwarded("uplink")],
  ["forwarding.isolatePort", ["veth"], forwarded("veth")],
  [
    "leases.acquire",
    [{ ...POOL, ranges: [...POOL.ranges, { subnet: "10.0.0.0/8" }] }],
    networks("leases", "10.0.0.0/8", "${config.ipam.subnet}", "10.5.0.0/16"),
  ],
  ["leases.acquire", [{ ...POOL, store: "/other" }], store],
  ["leases.held", ["/other"], store],
  ["leases.release", ["/other"], store],
  ["leases.retain", ["", []], "nothing could allow it: leases of others are only released by GC"],
  ["leases.usage", [{ ...POOL, store: "/other" }], store],
  ["ipam.add", [otherIpam], ipamChanged],
  ["ipam.add", [otherName], renamed],
  ["ipam.add", [moreRanges], another("runtimeConfig", '{"ipRanges":[[{"subnet":"10.9.0.0/16"}]]}', "nothing")],
  ["ipam.check", [otherIpam, undefined], ipamChanged],
  ["ipam.del", [otherIpam], ipamChanged],
  ["ipam.gc", [otherIpam], ipamChanged],
  ["ipam.status", [otherIpam], ipamChanged],
  // Another pod of the same network.
  [
    "port-maps.add",
    [[{ address: "10.5.0.8" }]],
    networks("portMaps", "10.5.0.8", "${ips}", "10.5.0.7/32"),
  ],
  ["traffic-control.limit", ["net1", {}], links("net1", "container")],
  ["delegate.add", ["firewall", "{}"], noPlugin("firewall")],
  ["delegate.add", ["bridge", otherName], renamed],
  ["delegate.check", ["firewall", "{}"], noPlugin("firewall")],
  ["delegate.del", ["firewall", "{}"], noPlugin("firewall")],
  ["delegate.gc", ["firewall", "{}"], noPlugin("firewall")],
  ["delegate.status", ["firewall", "{}"], noPlugin("firewall")],
];

/** Functions that read, or act on what the attachment itself has: the import is all that they need. */
const IMPORT_ONLY = [
  "links.get",
  "links.list",
  "links.supports",
  "links.tuning",
  "links.waitRunning",
  "links.getChild",
  "addresses.list",
  "addresses.settle",
  "routes.list",
  "routes.listAll",
  "rules.list",
  "neighbors.list",
  "neighbors.fdbList",
  "sysctl.get",
  "traffic-control.differences",
  "traffic-control.probe",
  "firewall.listMasquerades",
  "firewall.hasMacCheck",
  "firewall.probe",
  "firewall.release",
  "forwarding.inForce",
  "forwarding.inUse",
  "forwarding.blockers",
  "forwarding.probe",
  "forwarding.release",
  "notes.get",
  "notes.put",
  "config-files.resolvConf",
  "config-files.subnetEnv",
  "config-files.waitSubnetEnv",
  "config-files.refusedParameters",
  "log.write",
  "host-info.versions",
  "port-maps.list",
  "port-maps.probe",
  "port-maps.release",
];

const contract = await contractFunctions();

Deno.test("every function of the contract has a row", () => {
  const rows = [...new Set(OUT_OF_SCOPE.map(([label]) => label)), ...IMPORT_ONLY];
  assertEquals(rows.toSorted(), contract.toSorted());
  assertEquals([...new Set(contract.map((label) => label.split(".")[0]))].toSorted(), INTERFACES.toSorted());
});

for (const [label, args, missing] of OUT_OF_SCOPE) {
  Deno.test(`out of scope: ${label}(${JSON.stringify(args).slice(1, -1)})`, () => {
    assertEquals(refusal(manifestOf(INTERFACES), label, args), cannot(label, missing));
  });
}

for (const label of contract.filter((it) => it !== "log.write")) {
  Deno.test(`without its import: ${label}`, () => {
    const [name] = label.split(".");
    const manifest = manifestOf(INTERFACES.filter((it) => it !== name));
    assertEquals(refusal(manifest, label, []), cannot(label, `"imports" lacks "${name}"`));
  });
}

Deno.test("without its import: log.write, which has no error to answer, is dropped", () => {
  const written: unknown[] = [];
  const write = (...args: unknown[]) => void written.push(args);
  call(manifestOf(["links"]), "log", "write", write, ["info", "a"]);
  assertEquals(written, []);
  call(manifestOf(["log"]), "log", "write", write, ["info", "b"]);
  assertEquals(written, [["info", "b"]]);
});

for (const label of IMPORT_ONLY) {
  Deno.test(`with its import alone: ${label}`, () => {
    const [interfaceName, name] = label.split(".") as [InterfaceName, string];
    let ran = 0;
    call(manifestOf([interfaceName]), interfaceName, name, () => ran++, []);
    assertEquals(ran, 1);
  });
}
