import { assertEquals, assertThrows } from "@std/assert";
import type { Route } from "cnidaria:cni/routes@0.3.0";
import type { Change } from "../change.ts";
import { createAddresses } from "../addresses/mod.ts";
import { createLinks } from "../links/mod.ts";
import { networkTest, type TestContext } from "../test_context.ts";
import { createRoutes } from "./mod.ts";
import { undoRouteChange } from "./undo.ts";

function withEth0(context: TestContext) {
  const links = createLinks(context);
  const { host } = links.createVeth({ peerNs: "container", peerName: "eth0" });
  links.set("host", host.name, { up: true });
  links.set("container", "eth0", { up: true });
  const addresses = createAddresses(context);
  addresses.add("container", "eth0", { cidr: "10.1.0.5/16", dad: false });
  addresses.add("container", "eth0", { cidr: "fd00::5/64", dad: false });
  context.changes.length = 0;
  return { routes: createRoutes(context), remove: () => links.delete("host", host.name) };
}

const added = (route: Route) => ({ kind: "route-added", ns: "container", route }) as Change & { kind: "route-added" };

networkTest("add() of a route that is there writes nothing down", (context) => {
  const { routes, remove } = withEth0(context);
  for (const dst of ["10.7.0.0/16", "fd07::/64"]) {
    const gateway = dst.includes(":") ? "fd00::1" : "10.1.0.1";
    context.command("container", "ip", ["route", "add", dst, "via", gateway, "dev", "eth0"]);
    assertThrows(() => routes.add("container", { dst, gateway, link: "eth0", onlink: false }), Error, "(EEXIST)");
    // By another gateway the kernel refuses it as well.
    assertThrows(() => routes.add("container", { dst, gateway: `${gateway}1`, link: "eth0", onlink: false }));
  }
  assertEquals(context.changes, []);
  remove();
});

/** What is there, and what was written down by a process that was killed before it added it. */
const others: [present: string, route: Route][] = [
  ["10.7.0.0/16 via 10.1.0.1 dev eth0", { dst: "10.7.0.0/16", link: "eth0", onlink: false }],
  ["10.7.0.0/16 via 10.1.0.1 dev eth0", { dst: "10.7.0.0/16", gateway: "10.1.0.2", link: "eth0", onlink: false }],
  ["10.7.0.0/16 via 10.1.0.1 dev eth0 metric 7", { dst: "10.7.0.0/16", gateway: "10.1.0.1", onlink: false }],
  ["10.7.0.0/16 dev lo", { dst: "10.7.0.0/16", link: "eth0", onlink: false }],
  ["fd07::/64 via fd00::1 dev eth0 metric 7", {
    dst: "fd07::/64",
    gateway: "fd00::1",
    link: "eth0",
    onlink: false,
  }],
  ["fd07::/64 via fd00::1 dev eth0", { dst: "fd07::/64", link: "eth0", onlink: false }],
];

for (const [present, route] of others) {
  networkTest(`undo of ${JSON.stringify(route)} leaves ${present}`, (context) => {
    const { remove } = withEth0(context);
    context.command("container", "ip", ["link", "set", "lo", "up"]);
    context.command("container", "ip", ["route", "add", ...present.split(" ")]);
    undoRouteChange(context, added(route));
    const family = route.dst.includes(":") ? "-6" : "-4";
    assertEquals(context.ip("container", family, "route", "show", route.dst).length, 1);
    remove();
  });
}

networkTest("undo takes the IPv6 route of the usual priority, not one that comes before it", (context) => {
  const { routes, remove } = withEth0(context);
  context.command("container", "ip", "route add fd07::/64 via fd00::1 dev eth0 metric 7".split(" "));
  const route = { dst: "fd07::/64", gateway: "fd00::1", link: "eth0", onlink: false };
  routes.add("container", route);
  undoRouteChange(context, added(route));
  const left = context.ip("container", "-6", "route", "show", "fd07::/64");
  assertEquals(left.map(({ metric }: { metric: number }) => metric), [7]);
  remove();
});
