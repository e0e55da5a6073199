import { assertEquals } from "@std/assert";
import type { PortMap } from "cnidaria:cni/port-maps@0.3.0";
import { Conntrack } from "../sys/conntrack.ts";
import { currentNamespace } from "../sys/namespace.ts";
import { createPortMaps } from "./mod.ts";
import { type PortsContext, portsTest } from "./testing/with_ports.ts";

const map = (hostPort: number, rest: Partial<PortMap> = {}): PortMap => ({
  protocol: "udp",
  hostPort,
  address: "10.77.0.5",
  containerPort: 53,
  ...rest,
});

/** A pod behind a bridge, on a node that tracks connections, as it has a map already, and knows of none. */
function connected(context: PortsContext): PortsContext {
  context.connect();
  createPortMaps(context).add([map(9, { protocol: "tcp" })], undefined);
  const conntrack = new Conntrack(currentNamespace());
  for (const family of [2, 10] as const) conntrack.delete(conntrack.list(family, 17));
  conntrack.close();
  return context;
}

/** A packet of the node's own. Nobody listens: the kernel tracks the connection all the same. */
function send(context: PortsContext, address: string, port: number, protocol = "udp"): void {
  context.command("host", "bash", ["-c", `echo > /dev/${protocol}/${address}/${port} || true`]);
}

/** `10.77.0.1:5353 by 10.77.0.5` for each connection that is tracked: to where, and who answers. */
function tracked(family: 2 | 10 = 2, protocol = 17): string[] {
  const conntrack = new Conntrack(currentNamespace());
  try {
    return conntrack.list(family, protocol).map(({ original, reply }) =>
      `${original.destination}:${original.destinationPort} by ${reply.source}`
    ).filter((it) => it.includes("77")).toSorted();
  } finally {
    conntrack.close();
  }
}

portsTest("connections from before a port was mapped are forgotten, and no others", (at) => {
  const context = connected(at());
  // To the port of the node, to another, and to the same port of someone else.
  for (const [address, port] of [["10.77.0.1", 5353], ["10.77.0.1", 5354], ["10.77.0.9", 5353]] as const) {
    send(context, address, port);
  }
  send(context, "10.77.0.1", 5353, "tcp");
  assertEquals(tracked().length, 3);
  createPortMaps(context).add([map(5353)], undefined);
  assertEquals(tracked(), ["10.77.0.1:5354 by 10.77.0.1", "10.77.0.9:5353 by 10.77.0.9"]);
  send(context, "10.77.0.1", 5353);
  assertEquals(tracked()[0], "10.77.0.1:5353 by 10.77.0.5");
  assertEquals(context.lines, []);
});

portsTest("those that were led to a pod are forgotten with its maps, of both families", (at) => {
  const context = connected(at());
  const ports = createPortMaps(context);
  ports.add([map(5353), map(5353, { address: "fd77::5" })], undefined);
  send(context, "10.77.0.1", 5353);
  send(context, "fd77::1", 5353);
  send(context, "10.77.0.5", 5353);
  assertEquals([tracked(), tracked(10)], [
    ["10.77.0.1:5353 by 10.77.0.5", "10.77.0.5:5353 by 10.77.0.5"],
    ["fd77::1:5353 by fd77::5"],
  ]);
  ports.release();
  assertEquals([tracked(), tracked(10)], [["10.77.0.5:5353 by 10.77.0.5"], []]);
});

portsTest("those that were led to an address are forgotten when another pod gets it", (at, _, nft) => {
  const [old, next] = [connected(at("old")), at("next")];
  createPortMaps(old).add([map(5353)], undefined);
  send(old, "10.77.0.1", 5353);
  // What led there went, and nobody told the connections.
  nft.run("delete table inet cnidaria-ports");
  assertEquals(tracked(), ["10.77.0.1:5353 by 10.77.0.5"]);
  createPortMaps(next).add([map(6000)], undefined);
  assertEquals(tracked(), []);
});

portsTest("a map of one address leaves connections to the node's others", (at) => {
  const context = connected(at());
  for (const address of ["10.77.0.1", "127.0.0.77"]) send(context, address, 5353);
  createPortMaps(context).add([map(5353, { hostAddress: "10.77.0.1" })], undefined);
  assertEquals(tracked(), ["127.0.0.77:5353 by 127.0.0.77"]);
});

portsTest("only what is for the node itself is led to a pod", (at) => {
  const context = connected(at());
  createPortMaps(context).add([map(5353)], undefined);
  for (const address of ["10.77.0.1", "10.77.0.9"]) send(context, address, 5353);
  assertEquals(tracked(), ["10.77.0.1:5353 by 10.77.0.5", "10.77.0.9:5353 by 10.77.0.9"]);
});
