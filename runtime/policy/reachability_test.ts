import { assertEquals } from "@std/assert";
import type { FolderPod } from "./folder/compiled_folder.ts";
import { distinctPorts, reachability } from "./reachability.ts";
import { tableOf } from "./testing.ts";

function pod(name: string, addresses: string[], ports: number[]): FolderPod {
  const containerPorts = ports.map((port) => ({ protocol: "tcp", port, name: "" }));
  return { namespace: "shop", name, addresses, ports: [], local: true, node: "", containerPorts };
}

const PODS = [
  pod("a", ["10.0.0.1", "fd00::1"], []),
  pod("b", ["10.0.0.2", "fd00::2"], [80, 80]),
  pod("c", ["fd00::3"], []),
];
const lines = (...args: Parameters<typeof reachability>) =>
  [...reachability(...args)].map(({ from, to, protocol, port, families, allowed, rule }) =>
    `${from} ${to} ${protocol} ${port} IPv${families.join("+")} ${allowed ? "allowed" : "denied"}: ${rule}`
  );

Deno.test("pairs are asked about at the ports of the containers, once for each", () => {
  const table = tableOf({ ingress: { "10.0.0.2": ["in", "drop"], "fd00::2": ["in", "drop"] } });
  assertEquals(lines(table, PODS), [
    "shop/a shop/b tcp 80 IPv4+6 denied: in",
    "shop/b shop/b tcp 80 IPv4+6 allowed: a pod reaches itself",
    "shop/c shop/b tcp 80 IPv6 denied: in",
  ]);
});

Deno.test("families of which the answer differs have one each; both sides' rules are told where both decide", () => {
  const table = tableOf({
    egress: { "10.0.0.1": ["out", "return"], "fd00::1": ["out", "drop"] },
    ingress: { "10.0.0.2": ["in", "return"], "fd00::2": ["in", "drop"] },
  });
  assertEquals(lines(table, PODS.slice(0, 2), [{ protocol: "udp", port: 53 }]), [
    "shop/a shop/a udp 53 IPv4+6 allowed: a pod reaches itself",
    "shop/b shop/a udp 53 IPv4+6 allowed: no policy",
    "shop/a shop/b udp 53 IPv4 allowed: out; in",
    "shop/a shop/b udp 53 IPv6 denied: out; in",
    "shop/b shop/b udp 53 IPv4+6 allowed: a pod reaches itself",
  ]);
});

Deno.test("ports are sorted by protocol and number, each once", () => {
  const port = (protocol: string, port: number) => ({ protocol, port });
  assertEquals(distinctPorts([port("udp", 53), port("tcp", 443), port("tcp", 80), port("udp", 53)]), [
    port("tcp", 80),
    port("tcp", 443),
    port("udp", 53),
  ]);
});
