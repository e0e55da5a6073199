// What the grants of a plugin allow. What they refuse is in contract_test.ts, with the exact messages.

import { assertEquals, assertThrows } from "@std/assert";
import { HostCallError } from "../../../host-funcs/error.ts";
import { type InterfaceName, INTERFACES, parseManifest } from "../manifest.ts";
import { checkGrant } from "./check_grant.ts";
import type { GrantScope } from "./checker.ts";

const manifest = parseManifest(
  JSON.stringify({
    name: "bridge",
    version: "1.0.0",
    description: "",
    imports: INTERFACES,
    grants: {
      links: { host: ["${config.bridge:cni0}"], container: ["${ifname}"], parents: ["${config.master:*}"] },
      addresses: { host: ["${ipam}"], hostRemove: ["10.99.0.0/16"], container: ["${ipam}", "127.0.0.0/8"] },
      routes: { host: ["${ipam}", "192.0.2.0/24"], container: ["0.0.0.0/0", "::/0"] },
      rules: { container: ["${ipam}"] },
      sysctl: ["host:net/ipv4/ip_forward", "container:net/ipv6/conf/${ifname}/*"],
      firewall: { masquerade: ["${ipam}"] },
      forwarding: { pods: ["${ipam}"], links: ["${prevResult}"] },
      leases: ["${config.ipam.subnet}", "${config.ipam.ranges}"],
      delegate: ["${config.delegate.type:bridge}"],
      portMaps: ["${ips}"],
    },
  }),
  "plugin.json",
);
const valid = [{ containerId: "a", ifname: "eth0" }];
const config = {
  name: "net",
  bridge: "br0",
  ipam: {
    type: "host-local",
    subnet: "10.5.0.0/16",
    ranges: [[{ subnet: "10.6.0.0/16" }], [{ subnet: "2001:db8::/64" }]],
    dataDir: "/d",
  },
};
const scope: GrantScope = {
  ifname: "eth0",
  config,
  command: "ADD",
  madeLink: (ns, name) => ns === "host" && name === "veth1",
  ips: () => [
    { address: "10.1.2.5/24", gateway: "10.1.2.1" },
    { address: "10.1.3.5/32", gateway: "169.254.1.1" },
    { address: "2001:db8:1::5/64" },
  ],
  valid,
  resultLinks: ["br9", "veth9"],
};

const pool = (subnet: string, store = "") => ({ index: 0, ranges: [{ subnet }], store, domain: "", cooldown: 0 });
const handedOn = JSON.stringify({ mtu: 1400, ipam: config.ipam, name: "net" });

const ALLOWED: [InterfaceName, string, unknown[]][] = [
  ["links", "ensureBridge", ["br0", {}]],
  ["links", "createVeth", [{ peerNs: "container", peerName: "eth0", master: "br0" }]],
  ["links", "createMacvlanOn", ["host", { parent: "uplink", name: "eth0" }]],
  ["links", "createIpvlan", [{ parentNs: "container", parent: "veth1", name: "eth0" }]],
  ["links", "set", ["host", "veth1", { hairpin: true }]],
  ["links", "set", ["host", "veth1", { master: "" }]],
  ["links", "delete", ["container", "eth0"]],
  ["links", "get", ["host", "anything"]],
  ["links", "list", ["host"]],
  // The gateway's address with the prefix of the container's, alone, and a gateway elsewhere.
  ["addresses", "add", ["host", "br0", { cidr: "10.1.2.1/24" }]],
  ["addresses", "add", ["host", "br0", { cidr: "10.1.2.1/32" }]],
  ["addresses", "add", ["host", "br0", { cidr: "169.254.1.1/32" }]],
  ["addresses", "add", ["host", "br0", { cidr: "2001:DB8:1::1/64" }]],
  ["addresses", "add", ["container", "eth0", { cidr: "127.0.0.1/8" }]],
  ["addresses", "remove", ["host", "br0", "10.1.2.1/24"]],
  ["addresses", "remove", ["host", "br0", "10.99.1.1/24"]],
  ["routes", "add", ["container", { dst: "0.0.0.0/0", gateway: "10.0.0.1" }]],
  ["routes", "add", ["container", { dst: "::/0", link: "eth0", table: 100 }]],
  ["routes", "add", ["host", { dst: "10.1.2.5/32", link: "br0" }]],
  ["routes", "add", ["host", { dst: "192.0.2.128/25", link: "br0", table: 254 }]],
  ["routes", "remove", ["host", { dst: "10.1.2.0/24", link: "br0" }]],
  ["routes", "listAll", ["host"]],
  ["rules", "list", ["host"]],
  ["rules", "add", ["container", { family: "ipv4", source: "10.1.2.5/32", table: 100, more: false }]],
  ["rules", "remove", ["container", { family: "ipv6", source: "2001:db8:1::5/128", table: 100, more: false }]],
  ["neighbors", "set", ["container", { address: "10.1.2.1", link: "eth0" }]],
  ["neighbors", "announce", ["container", "eth0", "10.1.2.5"]],
  ["neighbors", "fdbSet", [{ link: "veth1" }]],
  ["sysctl", "set", ["host", "net/ipv4/ip_forward", "1"]],
  ["sysctl", "set", ["container", "net/ipv6/conf/eth0/accept_dad", "0"]],
  ["sysctl", "get", ["host", "net/ipv4/conf/all/rp_filter"]],
  ["firewall", "addMasquerade", [{ source: "10.1.2.5", local: ["10.0.0.0/8"] }]],
  ["firewall", "addMacCheck", ["veth1", "0a:00:00:00:00:01"]],
  ["firewall", "release", []],
  ["forwarding", "admit", [{ address: "2001:db8:1::5" }]],
  ["forwarding", "confine", [{ link: "br9", ingress: "isolated" }]],
  ["forwarding", "isolatePort", ["veth9"]],
  ["leases", "acquire", [pool("10.5.0.0/16")]],
  ["leases", "acquire", [pool("10.6.1.0/24", "/d")]],
  ["leases", "acquire", [pool("2001:db8::/64")]],
  ["leases", "held", ["/d"]],
  ["ipam", "add", [handedOn]],
  ["ipam", "check", [handedOn, undefined]],
  // No configuration at all: the function itself says so.
  ["ipam", "add", ["{"]],
  ["delegate", "add", ["bridge", '{"name": "net", "ipam": {}}']],
  ["notes", "put", ["a", "b"]],
  ["config-files", "resolvConf", []],
  ["log", "write", ["info", "x"]],
  ["host-info", "versions", []],
  ["port-maps", "add", [[{ address: "10.1.2.5" }, { address: "2001:db8:1::5" }], undefined]],
  ["port-maps", "list", []],
];

for (const [interfaceName, name, args] of ALLOWED) {
  Deno.test(`checkGrant() allows ${interfaceName}.${name}(${JSON.stringify(args)})`, () => {
    checkGrant(manifest, interfaceName, name, args, scope);
  });
}

Deno.test("checkGrant() lets GC release leases, but not those of valid attachments", () => {
  const gc = { ...scope, command: "GC" };
  checkGrant(manifest, "leases", "retain", ["", [...valid, { containerId: "b", ifname: "eth0" }]], gc);
  assertThrows(() => checkGrant(manifest, "leases", "retain", ["", []], gc), HostCallError, "a/eth0 is valid");
});

for (
  const [name, args] of [["add", ["host", "br0", { cidr: "10.1.2.1" }]], ["remove", ["host", "br0", "x/8"]]] as const
) {
  Deno.test(`checkGrant() calls what is no CIDR notation invalid: addresses.${name}`, () => {
    const check = () => checkGrant(manifest, "addresses", name, args, scope);
    assertEquals((assertThrows(check, HostCallError, "not in CIDR notation") as HostCallError).code, "invalid");
  });
}

Deno.test("checkGrant() refuses a function that the contract does not have", () => {
  for (const name of ["eraseAll", "constructor", "__proto__"]) {
    assertThrows(() => checkGrant(manifest, "links", name, [], scope), HostCallError, "no function of the contract");
  }
});

Deno.test("an attachment without addresses grants no network by ${ipam}", () => {
  const none = { ...scope, ips: () => [] };
  const add = () => checkGrant(manifest, "addresses", "add", ["host", "br0", { cidr: "10.1.2.1/24" }], none);
  assertThrows(add, HostCallError, '["${ipam}"], which is no network in this call');
});

Deno.test("an address with the prefix length 0 grants nothing by ${ipam}: not the default route", () => {
  const all = { ...scope, ips: () => [{ address: "10.0.0.5/0", gateway: "10.0.0.1" }] };
  const route = { dst: "0.0.0.0/0", link: "br0" };
  assertThrows(() => checkGrant(manifest, "routes", "add", ["host", route], all), HostCallError, "grants.routes.host");
});
