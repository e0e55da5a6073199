import { assertEquals, assertThrows } from "@std/assert";
import { HostCallError } from "../../host-funcs/error.ts";
import { checkGrant } from "./grants.ts";
import { type InterfaceName, INTERFACES, parseManifest } from "./manifest.ts";

const manifest = parseManifest(
  JSON.stringify({
    name: "bridge",
    version: "1.0.0",
    description: "",
    imports: INTERFACES.filter((it) => it !== "delegate"),
    grants: {
      links: { host: ["${config.bridge:cni0}"], container: ["${ifname}"] },
      sysctl: ["host:net/ipv4/ip_forward", "container:net/ipv6/conf/${ifname}/*"],
    },
  }),
  "plugin.json",
);
const valid = [{ containerId: "a", ifname: "eth0" }];
const scope = {
  ifname: "eth0",
  config: { bridge: "br0" },
  command: "ADD",
  madeLink: (ns: string, name: string) => ns === "host" && name === "veth1",
  valid,
};

const ALLOWED: [InterfaceName, string, unknown[]][] = [
  ["links", "ensureBridge", ["br0", {}]],
  ["links", "createVeth", [{ peerNs: "container", peerName: "eth0", master: "br0" }]],
  ["links", "set", ["host", "veth1", { hairpin: true }]],
  ["links", "set", ["host", "veth1", { master: "" }]],
  ["links", "delete", ["container", "eth0"]],
  ["links", "get", ["host", "anything"]],
  ["links", "list", ["host"]],
  ["addresses", "add", ["host", "br0", {}]],
  ["routes", "add", ["container", { dst: "0.0.0.0/0", gateway: "10.0.0.1" }]],
  ["routes", "add", ["host", { dst: "10.0.0.0/8", link: "br0" }]],
  ["neighbors", "fdbSet", [{ link: "veth1" }]],
  ["sysctl", "set", ["host", "net/ipv4/ip_forward", "1"]],
  ["sysctl", "set", ["container", "net/ipv6/conf/eth0/accept_dad", "0"]],
  ["sysctl", "get", ["host", "net/ipv4/conf/all/rp_filter"]],
  ["firewall", "addMacCheck", ["veth1", "0a:00:00:00:00:01"]],
];

const DENIED: [InterfaceName, string, unknown[], string][] = [
  ["delegate", "add", ["x", "{}"], '"imports"'],
  ["links", "ensureBridge", ["docker0", {}], "grants.links.host"],
  ["links", "createVeth", [{ peerNs: "container", peerName: "eth1" }], "grants.links.container"],
  ["links", "createVeth", [{ peerNs: "container", peerName: "eth0", name: "lo0" }], "grants.links.host"],
  ["links", "createVeth", [{ peerNs: "container", peerName: "eth0", master: "docker0" }], "grants.links.host"],
  ["links", "createMacvlan", [{ parent: "eth0", name: "eth0" }], "grants.links.host"],
  ["links", "ensureVxlan", ["vx0", {}], "grants.links.host"],
  ["links", "set", ["host", "eth0", { up: false }], "grants.links.host"],
  ["links", "set", ["host", "veth1", { master: "docker0" }], "grants.links.host"],
  ["links", "set", ["container", "lo", {}], "grants.links.container"],
  ["links", "delete", ["host", "veth2"], "grants.links.host"],
  ["links", "addVlans", ["veth2", []], "grants.links.host"],
  ["links", "removeVlans", ["veth2", []], "grants.links.host"],
  ["addresses", "add", ["host", "eth0", {}], "grants.links.host"],
  ["addresses", "remove", ["host", "eth0", "10.0.0.1/8"], "grants.links.host"],
  ["routes", "add", ["host", { dst: "0.0.0.0/0", gateway: "10.0.0.1" }], "names no link"],
  ["routes", "remove", ["host", { dst: "0.0.0.0/0", link: "eth0" }], "grants.links.host"],
  ["neighbors", "set", ["host", { link: "eth0" }], "grants.links.host"],
  ["neighbors", "remove", ["host", "eth0", "10.0.0.1"], "grants.links.host"],
  ["neighbors", "fdbSet", [{ link: "eth0" }], "grants.links.host"],
  ["neighbors", "fdbRemove", [{ link: "eth0" }], "grants.links.host"],
  ["neighbors", "announce", ["host", "eth0", "10.0.0.1"], "grants.links.host"],
  ["sysctl", "set", ["host", "net/ipv4/conf/all/rp_filter", "0"], "grants.sysctl"],
  ["sysctl", "set", ["container", "net/ipv4/ip_forward", "1"], "grants.sysctl"],
  ["firewall", "addMacCheck", ["eth0", ""], "grants.links.host"],
  ["leases", "retain", ["", valid], "only released by GC"],
];

for (const [interfaceName, name, args] of ALLOWED) {
  Deno.test(`checkGrant() allows ${interfaceName}.${name}(${JSON.stringify(args)})`, () => {
    checkGrant(manifest, interfaceName, name, args, scope);
  });
}

for (const [interfaceName, name, args, missing] of DENIED) {
  Deno.test(`checkGrant() refuses ${interfaceName}.${name}(${JSON.stringify(args)})`, () => {
    const error = assertThrows(
      () => checkGrant(manifest, interfaceName, name, args, scope),
      HostCallError,
    ) as HostCallError;
    assertEquals(error.code, "denied");
    for (const part of ["bridge", `${interfaceName}.${name}`, missing]) {
      assertEquals(error.message.includes(part), true, `${error.message} lacks ${part}`);
    }
  });
}

Deno.test("checkGrant() lets GC release leases, but not those of valid attachments", () => {
  const gc = { ...scope, command: "GC" };
  checkGrant(manifest, "leases", "retain", ["", [...valid, { containerId: "b", ifname: "eth0" }]], gc);
  assertThrows(() => checkGrant(manifest, "leases", "retain", ["", []], gc), HostCallError, "a/eth0 is valid");
});
