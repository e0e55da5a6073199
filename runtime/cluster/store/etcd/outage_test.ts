// etcd killed, started again, with and without its data.

import { assert, assertEquals } from "@std/assert";
import { BackOff } from "../back_off.ts";
import { StoreError } from "../store.ts";
import { Watching } from "../watching.ts";
import { EtcdSite, etcdTest } from "./testing.ts";

const lease = (last: number) =>
  `{"PublicIP":"192.0.2.${last}","PublicIPv6":null,"BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"02:00:00:00:00:01"}}`;

/** A client that is closed while it connects has a timer left for some seconds: gRPC's pool of connections. */
function outageTest(name: string, run: () => Promise<void>): void {
  Deno.test({ ...etcdTest(name), fn: run, sanitizeOps: false, sanitizeResources: false });
}

outageTest("etcd: killed and started again, the watch goes on and misses nothing", async () => {
  await using site = await EtcdSite.create();
  await site.put("subnets/10.5.1.0-24", lease(1));
  const store = site.store();
  await using watch = new Watching(store);
  await watch.nextOf("all");
  await site.server.kill();
  const event = await watch.nextOf("unreachable");
  assert(event.why.startsWith(`Cannot watch the leases in etcd at ${site.server.endpoint} as `), event.why);
  assertEquals(watch.nodes.size, 1);
  await site.server.restart();
  site.client.close();
  await using other = await reopened(site);
  await other.put("subnets/10.5.2.0-24", lease(2));
  await watch.until(() => watch.nodes.size === 2);
  const kinds = watch.seen.map(({ kind }) => kind);
  assertEquals(kinds.filter((kind) => kind === "all").length, 1, kinds.join());
  assertEquals(kinds.at(-2), "reachable");
});

outageTest("etcd: what was compacted away while it was out of reach is listed anew", async () => {
  await using site = await EtcdSite.create();
  await site.put("subnets/10.5.1.0-24", lease(1));
  // It waits for at least two seconds, so that it cannot see what happens meanwhile.
  await using watch = new Watching(site.store({ backOff: new BackOff(4_000, 4_000) }));
  await watch.nextOf("all");
  await site.server.kill();
  await watch.nextOf("unreachable");
  await site.server.restart();
  site.client.close();
  await using other = await reopened(site);
  await other.client.delete().key("/coreos.com/network/subnets/10.5.1.0-24");
  await other.put("subnets/10.5.3.0-24", lease(3));
  const { header } = await other.client.get("x").exec();
  await other.client.kv.compact({ revision: header.revision, physical: true });
  await watch.until(() => [...watch.nodes.keys()].join() === "10.5.3.0-24", 15_000);
  assertEquals(watch.seen.map(({ kind }) => kind), ["all", "unreachable", "reachable", "all"]);
});

outageTest("etcd: another history is listed anew", async () => {
  await using site = await EtcdSite.create();
  for (let i = 1; i < 30; i++) await site.put("subnets/10.5.1.0-24", lease(i));
  await using watch = new Watching(site.store());
  await watch.nextOf("all");
  await site.server.kill();
  await site.wipe();
  await watch.nextOf("unreachable");
  await site.server.restart();
  await watch.nextOf("all", 15_000);
  assertEquals(watch.nodes.size, 0);
});

outageTest("etcd: nobody there: told once, and ended at once when it is to end", async () => {
  await using site = await EtcdSite.create();
  await site.server.kill();
  const watch = new Watching(site.store());
  await watch.nextOf("unreachable");
  await watch[Symbol.asyncDispose]();
  assertEquals(watch.seen.length, 1);
});

outageTest("etcd: nobody there: a call ends in time, and says where it went", async () => {
  await using site = await EtcdSite.create();
  const endpoint = site.server.endpoint;
  await site.server.kill();
  const { signal } = new AbortController();
  const began = performance.now();
  const error = await site.store().network(signal).catch((error) => error);
  assert(error instanceof StoreError && error.kind === "unreachable");
  assert(error.message.startsWith(`Cannot read the network's configuration in etcd at ${endpoint} as `), error.message);
  assert(performance.now() - began < 5_000);
});

outageTest("etcd: one of two endpoints is enough", async () => {
  await using site = await EtcdSite.create();
  const store = site.store({}, { endpoints: ["http://127.0.0.1:1", site.server.endpoint] });
  const { signal } = new AbortController();
  for (let i = 0; i < 10; i++) assertEquals((await store.network(signal)).backendType, "vxlan");
});

outageTest("etcd: what ends a call ends it at once", async () => {
  await using site = await EtcdSite.create();
  const store = site.store({}, { endpoints: ["http://192.0.2.1:2379"], callMs: 60_000 });
  const ends = new AbortController();
  const call = store.network(ends.signal).catch((error) => error);
  ends.abort(new Error("enough"));
  assertEquals((await call).message, "enough");
});

/** A client for the server that has been started again. */
async function reopened(site: EtcdSite) {
  const { Etcd3 } = await import("etcd3");
  const client = new Etcd3({ hosts: site.server.endpoint });
  return {
    client,
    put: (key: string, value: string) => client.put(`/coreos.com/network/${key}`).value(value).exec(),
    [Symbol.asyncDispose]: () => Promise.resolve(client.close()),
  };
}
