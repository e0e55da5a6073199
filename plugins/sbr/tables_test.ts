import { assertEquals } from "@std/assert";
import type { Route } from "cnidaria:cni/routes@0.3.0";
import { freeTable, movedRoutes, tableRoutes } from "./tables.ts";

const route = (value: Partial<Route>): Route => ({
  dst: "0.0.0.0/0",
  link: "eth0",
  table: 254,
  onlink: false,
  ...value,
});

Deno.test("freeTable() begins at 100, and passes what has a rule or a route", () => {
  const rule = (table: number) => ({ family: "ipv4" as const, table, more: true });
  assertEquals(freeTable([], []), 100);
  assertEquals(freeTable([rule(100), rule(102)], [route({ table: 101 }), route({})]), 103);
});

Deno.test("movedRoutes() are the interface's of the main table, those without a gateway first", () => {
  const [first, second] = [route({ gateway: "10.1.0.1" }), route({ dst: "10.1.0.0/24" })];
  const { table: _, ...unsaid } = route({ dst: "10.3.0.0/24" });
  const others = [
    route({ dst: "10.2.0.0/24", link: "eth1" }),
    route({ dst: "10.2.0.0/24", table: 100 }),
    route({ dst: "fe80::/64" }),
    route({ dst: "10.4.0.0/24", gateway: "fe80::1" }),
  ];
  assertEquals(movedRoutes([first, ...others, second, unsaid], "eth0"), [second, unsaid, first]);
});

Deno.test("tableRoutes() have the default route once, where its priority is that of another", () => {
  const ip = { address: "fd00::5/64", gateway: "FD00::1" };
  const tableOf = (moved: Route[]) =>
    tableRoutes(ip, 100, moved, [ip], "eth0").map(({ dst, gateway = "", priority = 0 }) =>
      `${dst} ${gateway} ${priority}`
    );
  assertEquals(tableOf([]), ["fe80::/64  0", "::/0 fd00::1 0"]);
  assertEquals(tableOf([route({ dst: "::/0", gateway: "fd00::1", priority: 1024 })]), [
    "fe80::/64  0",
    "::/0 fd00::1 1024",
  ]);
  assertEquals(tableOf([route({ dst: "::/0", gateway: "fd00::1", priority: 9 })]).length, 3);
});

Deno.test("tableRoutes() have what is of the address's network, and what is of nobody's", () => {
  const [one, other] = [{ address: "10.1.0.5/24" }, { address: "10.2.0.5/24", gateway: "10.3.0.1" }];
  const moved = [
    route({ dst: "10.1.0.0/24", source: "10.1.0.5" }),
    route({ dst: "10.2.0.0/24", source: "10.2.0.5" }),
    route({ dst: "10.7.0.0/24", gateway: "10.3.0.1" }),
    route({ dst: "10.8.0.0/24", gateway: "169.254.1.1" }),
    route({ dst: "fd00::/64" }),
  ];
  const destinations = (ip: typeof one) => tableRoutes(ip, 100, moved, [one, other], "eth0").map(({ dst }) => dst);
  assertEquals(destinations(one), ["10.1.0.0/24", "10.8.0.0/24"]);
  assertEquals(destinations(other), ["10.2.0.0/24", "0.0.0.0/0", "10.7.0.0/24", "10.8.0.0/24"]);
});
