import { assertEquals } from "@std/assert";
import type { Event } from "cnidaria:cni/policy@0.3.0";
import { World } from "./world.ts";

function pod(name: string, addresses: string[], label = "a", local = true): Event {
  return {
    tag: "pod",
    val: { name: { namespace: "a", name }, labels: [["l", label]], addresses, ports: [], local },
  };
}

function names(world: World): string[] {
  return world.all().map((event) => event.tag === "pod" ? event.val.name.name : "");
}

Deno.test("pods are told in the order in which they got their addresses", () => {
  const world = new World();
  for (const event of [pod("p", ["10.1.0.5"]), pod("q", ["10.1.0.6"])]) assertEquals(world.take(event), true);
  assertEquals(world.take(pod("p", ["10.1.0.5"])), false);
  world.take(pod("p", ["10.1.0.5"], "b"));
  assertEquals(names(world), ["p", "q"]);
  world.take(pod("p", ["10.1.0.6"]));
  assertEquals([names(world), world.podOf("10.1.0.6"), world.podOf("10.1.0.5")], [["q", "p"], "a/p", undefined]);
});

Deno.test("an address is the one's that got it last, and nobody's once that has gone", () => {
  const world = new World();
  world.take(pod("old", ["10.1.0.5"]));
  world.take(pod("new", ["10.1.0.5"]));
  world.take({ tag: "pod-gone", val: { namespace: "a", name: "old" } });
  assertEquals(world.podOf("10.1.0.5"), "a/new");
  world.take({ tag: "pod-gone", val: { namespace: "a", name: "new" } });
  assertEquals(world.podOf("10.1.0.5"), undefined);
  assertEquals(world.take({ tag: "pod-gone", val: { namespace: "a", name: "new" } }), false);
});

Deno.test("an address that several have is one's on this node, and again an older one's once the newer has gone", () => {
  const world = new World();
  world.take(pod("here", ["10.1.0.5"]));
  world.take(pod("there", ["10.1.0.5", "10.1.0.6"], "a", false));
  world.take(pod("elsewhere", ["10.1.0.6"], "a", false));
  assertEquals([world.podOf("10.1.0.5"), world.podOf("10.1.0.6")], ["a/here", "a/elsewhere"]);
  world.take({ tag: "pod-gone", val: { namespace: "a", name: "elsewhere" } });
  assertEquals(world.podOf("10.1.0.6"), "a/there");
});
