import { assertEquals } from "@std/assert";
import { contradiction } from "./own_entry.ts";
import type { ClusterNode } from "./store/store.ts";

const OWN: ClusterNode = {
  name: "own",
  backendType: "vxlan",
  ipv4: { subnet: "10.5.1.0/24", publicIp: "192.0.2.1", backendData: "" },
};
const OTHER: ClusterNode = { ...OWN, name: "other" };
const LOST = "no longer says what this node has: it is written again";

Deno.test("contradiction() is silent where the store is right, or speaks of others", () => {
  assertEquals(contradiction({ kind: "all", nodes: [OTHER, OWN] }, OWN), undefined);
  assertEquals(contradiction({ kind: "set", node: OWN }, OWN), undefined);
  assertEquals(contradiction({ kind: "set", node: OTHER }, OWN), undefined);
  assertEquals(contradiction({ kind: "gone", name: "other" }, OWN), undefined);
  assertEquals(contradiction({ kind: "reachable" }, OWN), undefined);
  // What backends tell each other is theirs.
  const otherData = { ...OWN, ipv4: { ...OWN.ipv4!, backendData: "{}" } };
  assertEquals(contradiction({ kind: "set", node: otherData }, OWN), undefined);
});

Deno.test("contradiction() tells of an entry that is gone, of no use or not complete", () => {
  assertEquals(contradiction({ kind: "all", nodes: [OTHER] }, OWN), LOST);
  assertEquals(contradiction({ kind: "gone", name: "own" }, OWN), LOST);
  assertEquals(contradiction({ kind: "ignored", name: "own", why: "" }, OWN), LOST);
  assertEquals(contradiction({ kind: "set", node: { name: "own", backendType: "vxlan" } }, OWN), LOST);
  const subnet = { ...OWN, ipv4: { ...OWN.ipv4!, subnet: "10.5.2.0/24" } };
  assertEquals(contradiction({ kind: "set", node: subnet }, OWN), LOST);
});

Deno.test("contradiction() tells of another machine with the same name", () => {
  const moved = { ...OWN, ipv4: { ...OWN.ipv4!, publicIp: "192.0.2.9" } };
  const words = contradiction({ kind: "set", node: moved }, OWN);
  assertEquals(words?.startsWith("says that node own is at 192.0.2.9, and not here"), true);
  assertEquals(contradiction({ kind: "all", nodes: [moved] }, OWN), words);
});
