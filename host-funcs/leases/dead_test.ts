import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Pool } from "cnidaria:cni/leases@0.3.0";
import { HostCallError } from "../error.ts";
import type { Database } from "../state/database.ts";
import { fakeContext, withDatabase } from "../state/testing.ts";
import { deadLeases } from "./dead.ts";
import { listLeases } from "./list.ts";
import { createLeases } from "./mod.ts";

/** Three addresses. */
const pool: Pool = {
  index: 0,
  ranges: [{ subnet: "10.1.0.0/24", first: "10.1.0.10", last: "10.1.0.12" }],
  store: "",
  domain: "",
  cooldown: 0,
};

function node(database: Database, boot: string, containerId: string, network = "net") {
  const args = [["K8S_POD_NAMESPACE", "ns"], ["K8S_POD_NAME", `pod-${containerId}`]] as const;
  const context = fakeContext(database, { containerId, network }, { args });
  const world = { now: () => 1_000_000, livenessOf: () => "alive" as const, bootId: () => boot };
  return Object.assign(createLeases(context, world), { lines: context.lines });
}

function attach(database: Database, containerId: string, bootId: string, ifname = "eth0"): void {
  database.run(
    `INSERT INTO attachments VALUES ('net', ?, ?, 'bridge', '/run/netns/x', '0:4:1', ?, '{}', '', '{}', '[]', 0, '', '')`,
    containerId,
    ifname,
    bootId,
  );
}

const held = (database: Database) =>
  listLeases(database).map(({ address, containerId }) => `${address} ${containerId}`);

Deno.test("acquire() takes the dead leases of an earlier boot where no other address is left, and logs each", () =>
  withDatabase((database) => {
    for (const id of ["a", "b"]) node(database, "boot-1", id).acquire(pool, undefined);
    node(database, "boot-2", "c").acquire(pool, undefined);
    assertEquals(held(database), ["10.1.0.10 a", "10.1.0.11 b", "10.1.0.12 c"], "no reclaim while one is free");
    const d = node(database, "boot-2", "d");
    assertEquals(d.acquire(pool, undefined).address, "10.1.0.10");
    assertEquals(held(database), ["10.1.0.10 d", "10.1.0.12 c"]);
    assertEquals(d.lines, [
      "warn: lease of 10.1.0.10 of network net reclaimed: pod ns/pod-a (container a, eth0) held it before the node's " +
      "last boot, and was not attached again",
      "warn: lease of 10.1.0.11 of network net reclaimed: pod ns/pod-b (container b, eth0) held it before the node's " +
      "last boot, and was not attached again",
    ]);
    assertEquals(node(database, "boot-2", "e").acquire(pool, undefined).address, "10.1.0.11");
    const full = assertThrows(() => node(database, "boot-2", "f").acquire(pool, undefined), HostCallError);
    assertEquals((full as HostCallError).code, "exhausted");
  }));

Deno.test("acquire() reclaims although what was released is cooling down, and waits for no cool-down of theirs", () =>
  withDatabase((database) => {
    const cooling = { ...pool, cooldown: 600 };
    node(database, "boot-1", "a").acquire(cooling, undefined);
    for (const id of ["b", "c"]) node(database, "boot-2", id).acquire(cooling, undefined);
    node(database, "boot-2", "b").release("");
    assertEquals(node(database, "boot-2", "d").acquire(cooling, undefined).address, "10.1.0.10");
    const error = assertThrows(() => node(database, "boot-2", "e").acquire(cooling, undefined), HostCallError);
    assertStringIncludes((error as HostCallError).message, "given again in 600 seconds");
  }));

Deno.test("a lease whose attachment was made again in this boot is not dead, whatever boot it is from", () =>
  withDatabase((database) => {
    for (const id of ["a", "b", "c"]) node(database, "boot-1", id).acquire(pool, undefined);
    attach(database, "a", "boot-2");
    attach(database, "b", "boot-1");
    attach(database, "c", "boot-2", "eth9");
    const dead = (boot: string) => deadLeases(database, boot).map((lease) => lease.containerId);
    assertEquals(dead("boot-2"), ["b", "c"]);
    assertEquals(dead("boot-1"), [], "all are of this boot");
    // Imported without an interface name: any interface of the container counts.
    database.run("UPDATE leases SET ifname = '' WHERE container_id = 'c'");
    assertEquals(dead("boot-2"), ["b"]);
    // Of a boot that is not known: it may be this one.
    database.run("UPDATE leases SET boot_id = ''");
    assertEquals(dead("boot-2"), []);
  }));

Deno.test("deadLeases() tells networks and stores apart, and reclaiming in one leaves the others alone", () =>
  withDatabase((database) => {
    for (const id of ["a", "b", "c"]) node(database, "boot-1", id).acquire(pool, undefined);
    node(database, "boot-1", "x", "two").acquire(pool, undefined);
    node(database, "boot-1", "y").acquire({ ...pool, store: "/y" }, undefined);
    const ids = (where: object) => deadLeases(database, "boot-2", where).map((lease) => lease.containerId);
    assertEquals(ids({}), ["a", "b", "c", "x", "y"]);
    assertEquals(ids({ network: "net" }), ["a", "b", "c", "y"]);
    assertEquals(ids({ store: "/y" }), ["y"]);
    assertEquals(ids({ network: "net", store: "" }), ["a", "b", "c"]);
    node(database, "boot-2", "d").acquire(pool, undefined);
    assertEquals(ids({}), ["x", "y"]);
  }));

Deno.test("usage() counts no lease that an acquire would reclaim", () =>
  withDatabase((database) => {
    for (const id of ["a", "b", "c"]) node(database, "boot-1", id).acquire(pool, undefined);
    assertEquals(node(database, "boot-1", "d").usage(pool).held, 3n);
    assertEquals(node(database, "boot-2", "d").usage(pool).held, 0n);
    attach(database, "a", "boot-2");
    assertEquals(node(database, "boot-2", "d").usage(pool).held, 1n);
  }));

Deno.test("an acquire reclaims at most 64 leases, so that others need not wait for long", () =>
  withDatabase((database) => {
    const wide = { ...pool, ranges: [{ subnet: "10.2.0.0/24", first: "10.2.0.1", last: "10.2.0.100" }] };
    for (let at = 0; at < 100; at++) node(database, "boot-1", `c${at}`).acquire(wide, undefined);
    const next = node(database, "boot-2", "next");
    assertEquals([next.acquire(wide, undefined).address, next.lines.length], ["10.2.0.1", 64]);
    assertEquals(deadLeases(database, "boot-2").length, 36);
  }));
