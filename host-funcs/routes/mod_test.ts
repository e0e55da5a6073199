import { assertEquals, assertThrows } from "@std/assert";
import type { Route } from "cnidaria:cni/routes@0.3.0";
import { createAddresses } from "../addresses/mod.ts";
import type { HostCallError } from "../error.ts";
import { createLinks } from "../links/mod.ts";
import { networkTest, type TestContext } from "../test_context.ts";
import { createRoutes } from "./mod.ts";

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

const cases: [route: Route, words: Record<string, unknown>][] = [
  [{ dst: "0.0.0.0/0", gateway: "10.1.0.1", onlink: false }, { dst: "default", gateway: "10.1.0.1", dev: "eth0" }],
  [{ dst: "::/0", gateway: "fd00::1", link: "eth0", onlink: false }, { dst: "default", gateway: "fd00::1" }],
  [{ dst: "192.168.7.9/24", gateway: "10.1.0.1", onlink: false }, { dst: "192.168.7.0/24" }],
  [{ dst: "10.9.0.0/16", link: "eth0", onlink: false }, { dst: "10.9.0.0/16", scope: "link" }],
  [{ dst: "10.9.0.1/32", link: "eth0", scope: 253, onlink: false }, { dst: "10.9.0.1", scope: "link" }],
  [{ dst: "10.8.0.0/16", gateway: "172.31.0.1", link: "eth0", onlink: true }, { flags: ["onlink"] }],
  [{ dst: "10.7.0.0/16", gateway: "10.1.0.1", priority: 77, onlink: false }, { metric: 77 }],
  [{ dst: "10.6.0.0/16", gateway: "10.1.0.1", source: "10.1.0.5", onlink: false }, { prefsrc: "10.1.0.5" }],
  [{ dst: "10.5.0.0/16", gateway: "10.1.0.1", mtu: 1300, advmss: 1200, onlink: false }, {
    metrics: [{ mtu: 1300, advmss: 1200 }],
  }],
  [{ dst: "fd07::/64", gateway: "fd00::1", mtu: 1300, advmss: 1200, onlink: false }, {
    metrics: [{ mtu: 1300, advmss: 1200 }],
  }],
  [{ dst: "10.4.0.0/16", gateway: "10.1.0.1", table: 1000, onlink: false }, { dst: "10.4.0.0/16" }],
  [{ dst: "fd08::/64", link: "eth0", table: 5000, priority: 3, onlink: false }, { metric: 3 }],
];

for (const [route, words] of cases) {
  networkTest(`add() and remove() of ${JSON.stringify(route)}`, (context) => {
    const { routes, remove } = withEth0(context);
    const show = () => {
      const family = route.dst.includes(":") ? "-6" : "-4";
      try {
        return context.ip("container", family, "route", "show", "table", String(route.table ?? 254));
      } catch {
        return []; // `ip` fails for a table that is not there.
      }
    };
    const before = show();
    routes.add("container", route);
    const kernels = (list: { dst: string }[]) => JSON.stringify(list);
    const had = new Set(before.map((entry: unknown) => JSON.stringify(entry)));
    const added = show().filter((entry: unknown) => !had.has(JSON.stringify(entry)));
    assertEquals(added.length, 1, kernels(added));
    for (const [key, value] of Object.entries(words)) assertEquals(added[0][key], value, `${key} of ${kernels(added)}`);
    assertEquals(context.changes, [{ kind: "route-added", ns: "container", route }]);
    const ours = routes.list("container", route.table);
    const [address, length] = route.dst.split("/");
    const listed = ours.find(({ dst, priority }) =>
      dst.split("/")[1] === length && (route.priority === undefined || priority === route.priority) &&
      (dst.split("/")[0] === address || dst === "192.168.7.0/24")
    );
    for (const key of ["gateway", "source", "priority", "mtu", "advmss", "scope"] as const) {
      if (route[key] !== undefined) assertEquals(listed?.[key], route[key], key);
    }
    assertEquals([listed?.onlink, listed?.link, listed?.table], [route.onlink, "eth0", route.table ?? 254]);
    const exists: unknown = assertThrows(() => routes.add("container", route));
    assertEquals((exists as HostCallError).code, "exists");
    routes.remove("container", route);
    assertEquals(show(), before);
    const gone: unknown = assertThrows(() => routes.remove("container", route));
    assertEquals((gone as HostCallError).code, "not-found");
    remove();
  });
}

networkTest("remove() takes the route that is meant, not another to the same destination", (context) => {
  const { routes, remove } = withEth0(context);
  const route = (priority: number, gateway: string): Route => ({
    dst: "10.7.0.0/16",
    gateway,
    priority,
    onlink: false,
  });
  routes.add("container", route(1, "10.1.0.1"));
  routes.add("container", route(2, "10.1.0.2"));
  routes.remove("container", route(2, "10.1.0.2"));
  const left = context.ip("container", "route", "show", "10.7.0.0/16");
  assertEquals(left.map(({ gateway, metric }: Record<string, unknown>) => [gateway, metric]), [["10.1.0.1", 1]]);
  assertThrows(() => routes.remove("container", route(1, "10.1.0.9")), Error, "as it does not exist");
  remove();
});

networkTest("add() says what is wrong with a route", (context) => {
  const { routes, remove } = withEth0(context);
  const refuse = (route: Partial<Route>, words: string) =>
    assertThrows(() => routes.add("container", { dst: "10.7.0.0/16", onlink: false, ...route }), Error, words);
  refuse({ gateway: "10.99.0.1" }, "the gateway cannot be reached");
  refuse({ gateway: "fd00::1" }, "IPv4 and IPv6 are mixed");
  refuse({}, "neither gateway nor link");
  refuse({ dst: "10.7.0.0" }, "CIDR notation");
  refuse({ link: "eth9" }, "eth9 in the container as there is no such link");
  remove();
});

networkTest("list() of a table without routes is empty", (context) => {
  assertEquals(createRoutes(context).list("container", 4711), []);
});
