import { assertAlmostEquals, assertEquals } from "@std/assert";
import { createLeases } from "../../host-funcs/leases/mod.ts";
import type { Database } from "../../host-funcs/state/database.ts";
import { openDatabase } from "../../host-funcs/state/open_database.ts";
import { fakeContext } from "../../host-funcs/state/testing.ts";
import { type Family, parseMetrics, valueOf } from "../../test/lab/prometheus.ts";
import type { CallTrace } from "../plugin/trace.ts";
import { Metrics } from "./metrics.ts";
import type { Served } from "./served.ts";

const trace: CallTrace = {
  at: "2026-01-01T00:00:00.000Z",
  command: "ADD",
  attachment: { network: "blue", containerId: "one", ifname: "eth0" },
  plugins: ["bridge"],
  engine: "wasmtime",
  totalMs: 4.5,
  steps: [{ name: "start", ms: 0.5 }, { name: "load bridge", ms: 1 }, { name: "add somebody's", ms: 2.5 }],
  hostCalls: [],
  undone: [],
};

const served = (changes: Partial<CallTrace> = {}, sent = true, waitedMs = 0.2): Served => ({
  kind: "served",
  trace: { ...trace, ...changes },
  sent,
  waitedMs,
});

async function read(metrics: Metrics): Promise<Map<string, Family>> {
  return parseMetrics(await metrics.registry.metrics());
}

/** Values of samples, written as in the text format. */
async function values(metrics: Metrics, ...series: [name: string, labels: Record<string, string>][]) {
  const families = await read(metrics);
  return series.map(([name, labels]) => valueOf(families, name, labels));
}

Deno.test("what never counted is there already, with its help, in the text format", async () => {
  const families = await read(new Metrics());
  const names = [...families.keys()];
  for (const name of names) assertEquals(name.startsWith("cnidaria_"), true, name);
  for (const [name, { help, type }] of families) {
    assertEquals(help !== "", true, name);
    assertEquals(name.endsWith("_total"), type === "counter", name);
  }
  assertEquals(names.length > 10, true);
});

Deno.test("calls are counted by verb and result, errors by code", async () => {
  const metrics = new Metrics();
  const error = { code: 7, message: "Cannot ADD" };
  metrics.connection(served());
  metrics.connection(served());
  metrics.connection(served({ error }));
  metrics.connection(served({ command: "DEL" }));
  metrics.connection(served({ command: "", error: { code: 4, message: "no command" } }));
  assertEquals(
    await values(
      metrics,
      ["cnidaria_calls_total", { command: "ADD", result: "ok" }],
      ["cnidaria_calls_total", { command: "ADD", result: "error" }],
      ["cnidaria_calls_total", { command: "DEL", result: "ok" }],
      ["cnidaria_calls_total", { command: "none", result: "error" }],
      ["cnidaria_errors_total", { command: "ADD", code: "7" }],
      ["cnidaria_errors_total", { command: "none", code: "4" }],
      ["cnidaria_errors_total", { command: "DEL", code: "7" }],
    ),
    [2, 1, 1, 1, 1, 1, 0],
  );
});

Deno.test("durations are seconds, by verb and by kind of step, whatever a plugin's name is", async () => {
  const metrics = new Metrics();
  metrics.connection(served());
  metrics.connection(served({ totalMs: 40 }, true, 30));
  const families = await read(metrics);
  const add = { command: "ADD" };
  assertEquals(valueOf(families, "cnidaria_call_seconds_count", add), 2);
  assertAlmostEquals(valueOf(families, "cnidaria_call_seconds_sum", add), 0.0445, 1e-9);
  assertEquals(valueOf(families, "cnidaria_call_seconds_bucket", { ...add, le: "0.004" }), 0);
  assertEquals(valueOf(families, "cnidaria_call_seconds_bucket", { ...add, le: "0.006" }), 1);
  assertAlmostEquals(valueOf(families, "cnidaria_queue_seconds_sum"), 0.0302, 1e-9);
  const steps = families.get("cnidaria_step_seconds")!.samples.filter((it) => it.name.endsWith("_count"));
  assertEquals(steps.map((it) => [it.labels.step, it.value]), [["start", 2], ["load", 2], ["add", 2]]);
  assertAlmostEquals(valueOf(families, "cnidaria_step_seconds_sum", { ...add, step: "add" }), 0.005, 1e-9);
});

Deno.test("what came to nothing, was not heard, or was undone is counted", async () => {
  const metrics = new Metrics();
  metrics.connection({ kind: "declined", why: "" });
  metrics.connection({ kind: "withdrawn" });
  metrics.connection({ kind: "failed", why: "" });
  const undone = [{ change: "{}", ms: 1 }, { change: "{}", ms: 1 }, { change: "{}", ms: 1, error: "busy" }];
  metrics.connection(served({ undone }, false));
  metrics.kept({ kind: "done", duty: "collect", done: 3, failed: 1 });
  metrics.kept({ kind: "done", duty: "collect", done: 0, failed: 0 });
  assertEquals(
    await values(
      metrics,
      ["cnidaria_declined_total", {}],
      ["cnidaria_withdrawn_total", {}],
      ["cnidaria_failures_total", {}],
      ["cnidaria_unheard_total", { command: "ADD" }],
      ["cnidaria_undone_changes_total", { command: "ADD", result: "undone" }],
      ["cnidaria_undone_changes_total", { command: "ADD", result: "failed" }],
      ["cnidaria_collected_total", { result: "removed" }],
      ["cnidaria_collected_total", { result: "failed" }],
    ),
    [1, 1, 1, 1, 2, 1, 3, 1],
  );
});

async function withDatabase(body: (database: Database) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const database = openDatabase(folder);
  try {
    await body(database);
  } finally {
    database.close();
    await Deno.remove(folder, { recursive: true });
  }
}

let containers = 0;

/** Takes leases of 10.1.0.0/29, which has five. */
function take(database: Database, count: number, store = ""): void {
  const ranges = [{ subnet: "10.1.0.0/29", first: "10.1.0.1", last: "10.1.0.6", gateway: "10.1.0.1" }];
  for (let i = 0; i < count; i++) {
    const context = fakeContext(database, { containerId: `c${++containers}`, network: "blue" });
    createLeases(context).acquire({ index: 0, ranges, store, domain: "", cooldown: 0 }, undefined);
  }
}

const MINUTE = 60_000;
const pool = { network: "blue", subnets: "10.1.0.0/29" };
const ofPool = (labels: Record<string, string>): [string, Record<string, string>][] =>
  ["cnidaria_pool_leases", "cnidaria_pool_size", "cnidaria_pool_exhaustion_seconds"].map((name) => [name, labels]);

Deno.test("a pool has its leases, its size, and a forecast as it fills", () =>
  withDatabase(async (database) => {
    const metrics = new Metrics();
    metrics.pools(database, 0);
    assertEquals((await read(metrics)).get("cnidaria_pool_leases")!.samples, []);
    take(database, 1);
    metrics.pools(database, 0);
    assertEquals(await values(metrics, ...ofPool(pool)), [1, 5, Infinity]);
    take(database, 2);
    metrics.pools(database, 10 * MINUTE);
    // Two in ten minutes: the other two in ten more.
    assertEquals(await values(metrics, ...ofPool(pool)), [3, 5, 600]);
    take(database, 2);
    metrics.pools(database, 11 * MINUTE);
    assertEquals(await values(metrics, ...ofPool(pool)), [5, 5, 0]);
  }));

Deno.test("pools of the same subnet in two stores are two", () =>
  withDatabase(async (database) => {
    const metrics = new Metrics();
    take(database, 1);
    take(database, 2, "/var/lib/other");
    metrics.pools(database, 0);
    assertEquals(await values(metrics, ...ofPool(pool)), [1, 5, Infinity]);
    assertEquals(await values(metrics, ...ofPool({ ...pool, store: "/var/lib/other" })), [2, 5, Infinity]);
  }));

Deno.test("pools that are gone, or cannot be read, are not told", () =>
  withDatabase(async (database) => {
    const metrics = new Metrics();
    take(database, 1);
    metrics.pools(database, 0);
    metrics.noPools();
    for (const [name] of ofPool({})) assertEquals((await read(metrics)).get(name)!.samples, [], name);
    metrics.pools(database, 0);
    database.run("DELETE FROM pools");
    metrics.pools(database, 0);
    for (const [name] of ofPool({})) assertEquals((await read(metrics)).get(name)!.samples, [], name);
  }));

Deno.test("the overlay's peers are counted by state, as they are now", async () => {
  const metrics = new Metrics();
  metrics.cluster(undefined);
  const told = [...(await read(metrics)).keys()].filter((name) => name.startsWith("cnidaria_overlay_"));
  assertEquals(told, [], "without an overlay 0 would say that it is down");
  const peer = (name: string, state: "connected" | "ignored") =>
    ({ name, family: "ipv4", subnet: "10.0.1.0/24", publicIp: "192.0.2.1", state }) as const;
  const status = {
    node: "a",
    store: { kind: "etcd", where: "http://192.0.2.9:2379" },
    families: [],
    peers: [peer("b", "connected"), peer("c", "connected"), peer("d", "ignored")],
    leaseExpiresAt: 60_000,
    repairs: 1,
    repaired: 4,
  };
  metrics.cluster(status);
  const peers = (
    state: string,
  ): [string, Record<string, string>] => ["cnidaria_overlay_peers", { family: "ipv4", state }];
  assertEquals(
    await values(
      metrics,
      peers("connected"),
      peers("ignored"),
      ["cnidaria_overlay_joined", {}],
      ["cnidaria_overlay_store_reachable", {}],
      ["cnidaria_overlay_lease_expiry_timestamp_seconds", {}],
      ["cnidaria_overlay_repaired", {}],
    ),
    [2, 1, 1, 1, 60, 4],
  );
  metrics.cluster({ ...status, peers: [], store: { ...status.store, unreachable: "no answer" }, waitsFor: "etcd" });
  assertEquals(
    await values(metrics, peers("connected"), ["cnidaria_overlay_joined", {}], [
      "cnidaria_overlay_store_reachable",
      {},
    ]),
    [0, 0, 0],
  );
  metrics.cluster({ ...status, leaseExpiresAt: undefined as never });
  const lease = (await read(metrics)).get("cnidaria_overlay_lease_expiry_timestamp_seconds")!;
  assertEquals(lease.samples, [], "a lease that does not end by time");
});
