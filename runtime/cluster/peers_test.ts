import { assertEquals } from "@std/assert";
import type { Peer, PeerPlan } from "cnidaria:cni/controller@0.3.0";
import { Peers, type PeerStatus } from "./peers.ts";
import type { ClusterNode } from "./store/store.ts";

const node = (name: string, subnet: string, publicIp = "192.0.2.9"): ClusterNode => ({
  name,
  backendType: "vxlan",
  ipv4: { subnet, publicIp, backendData: "" },
});

/** Peers whose plans are a route each; one named `refused` is refused, one named `failing` fails in the kernel. */
function peers() {
  const asked: string[][] = [];
  const kernel = new Map<string, string>();
  const told: string[] = [];
  const subject = new Peers("ipv4", { name: "own", subnet: "10.0.0.0/24" }, {
    reconcile(list: Peer[]): PeerPlan[] {
      asked.push(list.map(({ name }) => name));
      if (list.some(({ name }) => name === "trap")) throw new Error("it trapped");
      return list.map(({ name, subnet, publicIp }) => ({
        ...name === "refused" && { refused: `Cannot reach ${name}` },
        routes: [{ dst: subnet, gateway: publicIp, link: "eth0", onlink: false }],
        neighbors: [],
        fdb: [],
      }));
    },
    apply(plans) {
      const failed = new Map<string, string>();
      for (const [name, plan] of plans) {
        if (name === "failing") failed.set(name, "the kernel would not");
        else if (plan === undefined) kernel.delete(name);
        else kernel.set(name, plan.routes[0]!.dst);
      }
      return failed;
    },
    applyAll(plans) {
      kernel.clear();
      for (const [name, plan] of plans) if (name !== "failing") kernel.set(name, plan.routes[0]!.dst);
      return new Map(plans.has("failing") ? [["failing", "the kernel would not"]] : []);
    },
    changed: ({ name, state }: PeerStatus) => void told.push(`${name} ${state}`),
  });
  const set = (...nodes: ClusterNode[]) => subject.update(new Map(nodes.map((it) => [it.name, it])));
  return { subject, asked, kernel, told, set };
}

Deno.test("a change of one peer asks for that peer alone, and the same again for none", () => {
  const { subject, asked, kernel, set } = peers();
  subject.replace([node("a", "10.0.1.0/24"), node("b", "10.0.2.0/24"), node("own", "10.0.0.0/24")]);
  set(node("b", "10.0.3.0/24"));
  set(node("b", "10.0.3.0/24"));
  subject.replace([node("a", "10.0.1.0/24"), node("b", "10.0.3.0/24")]);
  assertEquals(asked, [["a", "b"], ["b"]]);
  assertEquals([...kernel], [["a", "10.0.1.0/24"], ["b", "10.0.3.0/24"]]);
  subject.replace([node("a", "10.0.1.0/24")]);
  assertEquals([...kernel.keys()], ["a"]);
});

Deno.test("of two peers with one subnet the second waits until it is free", () => {
  const { subject, kernel, told, set } = peers();
  set(node("a", "10.0.1.0/24"));
  set(node("b", "10.0.1.128/25"));
  assertEquals([...kernel.keys()], ["a"]);
  assertEquals(subject.statuses().map(({ name, state, why }) => [name, state, why]), [
    ["a", "connected", undefined],
    ["b", "ignored", "Cannot reach node b as node a has a part of its subnet already"],
  ]);
  subject.update(new Map([["a", undefined]]));
  assertEquals([...kernel], [["b", "10.0.1.128/25"]]);
  assertEquals(told, ["a connected", "b ignored", "b connected"]);
});

Deno.test("a peer that moves into another's subnet loses the one it had", () => {
  const { kernel, set } = peers();
  set(node("a", "10.0.1.0/24"), node("b", "10.0.2.0/24"));
  set(node("b", "10.0.1.0/24"));
  assertEquals([...kernel.keys()], ["a"]);
});

Deno.test("nobody gets this node's subnet", () => {
  const { subject, kernel, set } = peers();
  set(node("a", "10.0.0.0/16"));
  assertEquals(kernel.size, 0);
  assertEquals(
    subject.statuses()[0]?.why,
    "Cannot reach node a as this node has a part of its subnet already",
  );
});

Deno.test("what the backend refuses is not made, and what it no longer refuses is", () => {
  const { subject, kernel, told, set } = peers();
  set(node("refused", "10.0.1.0/24"), node("failing", "10.0.2.0/24"), node("c", "10.0.3.0/24"));
  assertEquals([...kernel.keys()], ["c"]);
  assertEquals(told, ["c connected", "failing failed", "refused ignored"]);
  subject.replan();
  assertEquals(told.length, 3);
  subject.compared(new Map([["failing", "the kernel would not"]]));
  assertEquals(told.length, 3);
  subject.compared(new Map());
  assertEquals(told.slice(3), ["failing connected"]);
});

Deno.test("a peer at which the backend fails is left out, and the others are not", () => {
  const { subject, kernel, set } = peers();
  set(node("a", "10.0.1.0/24"), node("trap", "10.0.2.0/24"), node("z", "10.0.3.0/24"));
  assertEquals([...kernel.keys()], ["a", "z"]);
  assertEquals(
    subject.statuses().find(({ name }) => name === "trap")?.why,
    "Cannot reach node trap as its plan failed: it trapped",
  );
});

Deno.test("a peer without this family is none", () => {
  const { kernel, set } = peers();
  set(node("a", "10.0.1.0/24"));
  set({ name: "a", backendType: "vxlan", ipv6: { subnet: "fd00::/64", publicIp: "fd01::1", backendData: "" } });
  assertEquals(kernel.size, 0);
});
