import { assertEquals, assertThrows } from "@std/assert";
import type { Change, RouteValue } from "../change.ts";
import { createAddresses } from "../addresses/mod.ts";
import { createLinks } from "../links/mod.ts";
import { Reading } from "../reading.ts";
import { networkTest, type TestContext } from "../test_context.ts";
import { redoRouteChange, routeDifferences } from "./drift.ts";

function withEth0(context: TestContext) {
  const links = createLinks(context);
  const { host } = links.createVeth({ peerNs: "container", peerName: "eth0" });
  links.set("host", host.name, { up: true });
  links.set("container", "eth0", { up: true });
  const addresses = createAddresses(context);
  addresses.add("container", "eth0", { cidr: "10.1.0.5/16", dad: false });
  addresses.add("container", "eth0", { cidr: "fd00::5/64", dad: false });
  const ip = (words: string) => context.command("container", "ip", words.split(" "));
  return { ip, remove: () => links.delete("host", host.name) };
}

const change = (kind: "route-added" | "route-removed", route: RouteValue) =>
  ({ kind, ns: "container", route }) as Extract<Change, { kind: "route-added" | "route-removed" }>;

const routes: [route: RouteValue, name: string][] = [
  [{ dst: "0.0.0.0/0", gateway: "10.1.0.1", link: "eth0", onlink: false }, "0.0.0.0/0 via 10.1.0.1"],
  [{ dst: "::/0", gateway: "FD00::1", link: "eth0", onlink: false }, "::/0 via FD00::1"],
  [{ dst: "192.168.7.9/24", gateway: "10.1.0.1", onlink: false }, "192.168.7.0/24 via 10.1.0.1"],
  [{ dst: "10.9.0.1/32", link: "eth0", scope: 253, source: "10.1.0.5", onlink: false }, "10.9.0.1/32 on eth0"],
  [{ dst: "10.8.0.0/16", gateway: "10.1.0.1", priority: 7, mtu: 1300, table: 500, onlink: false }, "10.8.0.0/16 via"],
  [{ dst: "fd08::/64", gateway: "fd00::1", link: "eth0", priority: 3, onlink: false }, "fd08::/64 via fd00::1"],
];

for (const [route, name] of routes) {
  networkTest(`${JSON.stringify(route)} that is gone is a difference, and is added again`, (context) => {
    const { remove } = withEth0(context);
    const added = change("route-added", route);
    const differences = () => routeDifferences(new Reading(context), added);
    const [first, ...more] = differences();
    assertEquals([first?.startsWith(`route to ${name}`), first?.endsWith("(container) is gone"), more], [
      true,
      true,
      [],
    ]);
    redoRouteChange(context, added);
    assertEquals(differences(), []);
    remove();
  });
}

networkTest("a route by another gateway is a difference, and stays", (context) => {
  const { ip, remove } = withEth0(context);
  const added = change("route-added", { dst: "0.0.0.0/0", gateway: "10.1.0.1", link: "eth0", onlink: false });
  ip("route add default via 10.1.0.9 dev eth0");
  assertEquals(routeDifferences(new Reading(context), added), [
    "route to 0.0.0.0/0 via 10.1.0.1 (container) goes another way: via 10.1.0.9, by eth0 (container)",
  ]);
  assertThrows(() => redoRouteChange(context, added), Error, "(EEXIST)");
  // One of another priority is not in its place.
  ip("route del default");
  ip("route add default via 10.1.0.9 dev eth0 metric 50");
  redoRouteChange(context, added);
  assertEquals([routeDifferences(new Reading(context), added), ip("-j route show default").length], [[], 2]);
  remove();
});

networkTest("what a route says beside its way is compared as well", (context) => {
  const { ip, remove } = withEth0(context);
  const route = { dst: "10.6.0.0/16", gateway: "10.1.0.1", source: "10.1.0.5", mtu: 1300, onlink: false };
  ip("route add 10.6.0.0/16 via 10.1.0.1 mtu 1200");
  assertEquals(routeDifferences(new Reading(context), change("route-added", route)), [
    "source of route to 10.6.0.0/16 via 10.1.0.1 (container) is not set, not 10.1.0.5",
    "mtu of route to 10.6.0.0/16 via 10.1.0.1 (container) is 1200, not 1300",
  ]);
  remove();
});

networkTest("a route of the kernel's that was removed is a difference when it is there again", (context) => {
  const { ip, remove } = withEth0(context);
  const removed = change("route-removed", { dst: "10.1.0.0/16", link: "eth0", onlink: false });
  const differences = () => routeDifferences(new Reading(context), removed);
  assertEquals(differences(), ["route to 10.1.0.0/16 on eth0 (container) is there again"]);
  redoRouteChange(context, removed);
  assertEquals(differences(), []);
  ip("route add 10.1.0.9 dev eth0");
  ip("route add 10.1.0.0/16 via 10.1.0.9");
  assertEquals(differences(), [], "by a gateway it is another");
  remove();
});
