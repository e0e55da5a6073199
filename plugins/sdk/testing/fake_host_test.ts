import { assert, assertEquals, assertThrows } from "@std/assert";
import type * as Leases from "cnidaria:cni/leases@0.3.0";
import type * as Links from "cnidaria:cni/links@0.3.0";
import type * as Routes from "cnidaria:cni/routes@0.3.0";
import { FakeHost } from "./fake_host.ts";
import { qualifiedName } from "../../../host-funcs/wit/contract.ts";

function interfacesOf(host: FakeHost) {
  const imports = host.imports();
  const of = <T>(name: string) => imports[qualifiedName(name)] as unknown as T;
  return { links: of<typeof Links>("links"), leases: of<typeof Leases>("leases"), routes: of<typeof Routes>("routes") };
}

Deno.test("a veth pair runs when both ends are up, and goes as one", () => {
  const host = new FakeHost();
  const { links } = interfacesOf(host);
  const pair = links.createVeth({ peerNs: "container", peerName: "eth0" });
  links.set("host", pair.host.name, { up: true });
  assert(!links.get("host", pair.host.name).running);
  assertThrows(() => links.waitRunning("host", pair.host.name, 1), Error, "does not run");
  links.set("container", "eth0", { up: true });
  assert(links.waitRunning("host", pair.host.name, 1).running);
  assertEquals(pair.host.peerIndex, pair.peer.index);
  links.delete("container", "eth0");
  assertEquals(host.dump(), []);
  assertThrows(() => links.get("host", pair.host.name), Error, "there is no link");
});

Deno.test("a taken name, a missing bridge and a missing namespace are typed errors", () => {
  const host = new FakeHost();
  const { links } = interfacesOf(host);
  links.createVeth({ peerNs: "container", peerName: "eth0" });
  const codeOf = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      return (error as { payload: { code: string } }).payload.code;
    }
  };
  assertEquals(codeOf(() => links.createVeth({ peerNs: "container", peerName: "eth0" })), "exists");
  assertEquals(codeOf(() => links.createVeth({ peerNs: "container", peerName: "b", master: "br" })), "not-found");
  assertEquals(codeOf(() => links.set("host", "lo", { hairpin: true })), "invalid");
  host.network.hasContainer = false;
  assertEquals(codeOf(() => links.get("container", "eth0")), "not-found");
});

Deno.test("routes: a link that is down, or a gateway out of reach, is refused as the kernel does", () => {
  const host = new FakeHost();
  const { links, routes } = interfacesOf(host);
  links.createVeth({ peerNs: "container", peerName: "eth0" });
  const add = (gateway?: string) =>
    routes.add("container", { dst: "0.0.0.0/0", link: "eth0", onlink: false, ...gateway ? { gateway } : {} });
  assertThrows(() => add(), Error, "eth0 is down");
  links.set("container", "eth0", { up: true });
  assertThrows(() => add("10.1.0.1"), Error, "not reachable");
  add();
  assertThrows(() => add(), Error, "exists");
});

Deno.test("failOn() fails the n-th call of a function, once, and calls are logged", () => {
  const host = new FakeHost();
  const { links } = interfacesOf(host);
  host.failOn("links.get", 2, "busy", "not now");
  links.get("host", "lo");
  assertThrows(() => links.get("host", "lo"), Error, "not now");
  links.get("host", "lo");
  links.list("host");
  assertEquals(host.callNames("links"), ["links.get", "links.get", "links.get", "links.list"]);
  host.failOn("*", 1);
  assertThrows(() => links.list("host"), Error, "failure made in *");
});

Deno.test("leases: one owner for an address, never the gateway, up to the end of the range", () => {
  const host = new FakeHost();
  const { leases } = interfacesOf(host);
  const range = { subnet: "10.1.0.0/29", first: "10.1.0.1", last: "10.1.0.3", gateway: "10.1.0.1" };
  const pool = { index: 0, ranges: [range], store: "", domain: "", cooldown: 0 };
  const as = (containerId: string) => (host.attachment = { ...host.attachment, containerId });
  as("a");
  assertEquals(leases.acquire(pool, undefined), { address: "10.1.0.2", range: 0 });
  assertThrows(() => leases.acquire(pool, undefined), Error, "has a lease");
  as("b");
  assertThrows(() => leases.acquire(pool, "10.1.0.2"), Error, "held by a/eth0");
  assertEquals(leases.acquire(pool, undefined).address, "10.1.0.3");
  as("c");
  assertThrows(() => leases.acquire(pool, undefined), Error, "no address is free");
  assertEquals([leases.usage(pool).size, leases.usage(pool).held], [2n, 2n]);
  assertEquals(leases.retain("", [{ containerId: "b", ifname: "eth0" }]), 1);
  assertEquals(host.leases.map((lease) => lease.owner), ["b/eth0"]);
});
