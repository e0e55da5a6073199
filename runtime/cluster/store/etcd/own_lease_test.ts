import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type OwnLease, StoreError } from "../store.ts";
import type { EtcdStore } from "./etcd_store.ts";
import { DUAL, EtcdSite, etcdTest, published } from "./testing.ts";

const { signal } = new AbortController();
const SECONDS_OF_A_DAY = 24 * 60 * 60;

async function acquire(store: EtcdStore, publicIp: string, earlier: readonly string[] = []): Promise<OwnLease> {
  const request = { node: `node-${publicIp}`, publicIp, publicIpv6: "2001:db8::1", earlier };
  return await store.acquire(request, await store.network(signal), signal);
}

async function kindOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, StoreError) as StoreError).kind;
}

Deno.test(etcdTest("etcd: a lease is what Flannel would have written, for a day"), async () => {
  await using site = await EtcdSite.create();
  const store = site.store();
  const own = await acquire(store, "192.0.2.1", ["10.5.34.0/24"]);
  assertEquals([own.name, own.ipv4, own.ipv6], ["10.5.34.0-24", "10.5.34.0/24", undefined]);
  assert(Math.abs(own.expiresAt! - Date.now() - SECONDS_OF_A_DAY * 1000) < 10_000);
  await store.publish(own, published(own, "192.0.2.1"), signal);
  assertEquals(
    await site.get("subnets/10.5.34.0-24"),
    '{"PublicIP":"192.0.2.1","PublicIPv6":null,"BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"02:00:00:00:00:01"}}',
  );
});

Deno.test(etcdTest("etcd: both families are in one key"), async () => {
  await using site = await EtcdSite.create(DUAL);
  const store = site.store();
  const own = await acquire(store, "192.0.2.1", ["10.5.34.0/24", "fd00:5:0:7::/64"]);
  assertEquals(own.name, "10.5.34.0-24&fd00:5:0:7::-64");
  await store.publish(own, published(own, "192.0.2.1"), signal);
  const value = JSON.parse((await site.get(`subnets/${own.name}`))!);
  assertEquals(Object.keys(value), ["PublicIP", "PublicIPv6", "BackendType", "BackendData", "BackendV6Data"]);
});

Deno.test(etcdTest("etcd: a node that comes again has its lease again, and what it published stays"), async () => {
  await using site = await EtcdSite.create();
  const own = await acquire(site.store(), "192.0.2.1");
  const value =
    '{"PublicIP":"192.0.2.1","PublicIPv6":null,"BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"02:00:00:00:00:09"}}';
  await site.store().publish(own, published(own, "192.0.2.1", "02:00:00:00:00:09"), signal);
  const again = await acquire(site.store(), "192.0.2.1", ["10.5.99.0/24"]);
  assertEquals(again.name, own.name);
  assertEquals(await site.get(`subnets/${own.name}`), value);
});

Deno.test(etcdTest("etcd: an earlier subnet that another node has is not taken"), async () => {
  await using site = await EtcdSite.create();
  await acquire(site.store(), "192.0.2.1", ["10.5.34.0/24"]);
  const { ipv4 } = await acquire(site.store(), "192.0.2.2", ["10.5.34.0/24"]);
  assert(ipv4 !== "10.5.34.0/24");
});

Deno.test(etcdTest("etcd: a lease that no longer fits the network is given up"), async () => {
  await using site = await EtcdSite.create();
  const before = await acquire(site.store(), "192.0.2.1");
  await site.put("config", '{"Network":"10.6.0.0/16","SubnetLen":26,"Backend":{"Type":"vxlan"}}');
  const { ipv4 } = await acquire(site.store(), "192.0.2.1");
  assertMatch(ipv4!, /^10\.6\..*\/26$/);
  assertEquals(await site.get(`subnets/${before.name}`), null);
});

Deno.test(etcdTest("etcd: a reservation does not end"), async () => {
  await using site = await EtcdSite.create();
  await site.put("subnets/10.5.8.0-24", '{"PublicIP":"192.0.2.1","PublicIPv6":null}');
  const store = site.store();
  let own = await acquire(store, "192.0.2.1");
  assertEquals([own.name, own.expiresAt], ["10.5.8.0-24", undefined]);
  own = await store.publish(own, published(own, "192.0.2.1"), signal);
  own = await store.renew(own, published(own, "192.0.2.1"), signal);
  assertEquals(own.expiresAt, undefined);
});

for (const [families, network] of [["one family", undefined], ["two families", DUAL]] as const) {
  Deno.test(etcdTest(`etcd: a hundred nodes that start at once have a hundred subnets: ${families}`), async () => {
    await using site = await EtcdSite.create(network);
    const stores = Array.from({ length: 10 }, () => site.store({}, { callMs: 20_000 }));
    const ips = Array.from({ length: 100 }, (_, i) => `192.0.2.${i + 1}`);
    // All want the same one.
    const wanted = ["10.5.34.0/24", "fd00:5:0:7::/64"];
    const leases = await Promise.all(ips.map((ip, i) => acquire(stores[i % stores.length]!, ip, wanted)));
    assertEquals(new Set(leases.map(({ ipv4 }) => ipv4)).size, 100);
    if (network) assertEquals(new Set(leases.map(({ ipv6 }) => ipv6)).size, 100);
    const { leases: inEtcd } = await site.client.leaseClient.leaseLeases();
    assertEquals(inEtcd.length, 100, "leases that lost a race are ended");
  });
}

Deno.test(etcdTest("etcd: the last one is told that none is free"), async () => {
  await using site = await EtcdSite.create({ Network: "10.5.0.0/28" });
  for (const last of [1, 2, 3]) await acquire(site.store(), `192.0.2.${last}`);
  assertEquals(await kindOf(acquire(site.store(), "192.0.2.4")), "exhausted");
});

Deno.test(etcdTest("etcd: renewing makes it last longer, and ends the etcd lease before"), async () => {
  await using site = await EtcdSite.create();
  const store = site.store({ leaseSeconds: 60 });
  const own = await acquire(store, "192.0.2.1");
  const node = published(own, "192.0.2.1");
  await store.publish(own, node, signal);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const renewed = await store.renew(own, node, signal);
  assert(renewed.expiresAt! > own.expiresAt!);
  assertEquals((await site.client.leaseClient.leaseLeases()).leases.length, 1);
});

Deno.test(etcdTest("etcd: publishing the same writes nothing; another address is still this node's"), async () => {
  await using site = await EtcdSite.create();
  const store = site.store();
  const own = await acquire(store, "192.0.2.1");
  await store.publish(own, published(own, "192.0.2.1"), signal);
  const revision = async () => (await site.client.get("x").exec()).header.revision;
  const before = await revision();
  await store.publish(own, published(own, "192.0.2.1"), signal);
  assertEquals(await revision(), before);
  await store.publish(own, published(own, "192.0.2.77"), signal);
  assertEquals(JSON.parse((await site.get(`subnets/${own.name}`))!).PublicIP, "192.0.2.77");
});

Deno.test(etcdTest("etcd: who has lost its lease is told so; one that has only ended is taken again"), async () => {
  await using site = await EtcdSite.create();
  const store = site.store();
  const own = await acquire(store, "192.0.2.1");
  const node = published(own, "192.0.2.1");
  await site.client.delete().key(`/coreos.com/network/subnets/${own.name}`);
  const again = await store.renew(own, node, signal);
  assertEquals(again.name, own.name);
  await site.put(`subnets/${own.name}`, '{"PublicIP":"192.0.2.9","PublicIPv6":null}');
  assertEquals(await kindOf(store.renew(own, node, signal)), "lost");
  await site.client.delete().key(`/coreos.com/network/subnets/${own.name}`);
  await site.put("subnets/10.5.0.0-16", '{"PublicIP":"192.0.2.9","PublicIPv6":null}');
  assertEquals(await kindOf(store.publish(own, node, signal)), "lost");
});

Deno.test(etcdTest("etcd: a network of IPv6 alone is refused, with what to do"), async () => {
  await using site = await EtcdSite.create({ EnableIPv4: false, EnableIPv6: true, IPv6Network: "fd00::/48" });
  await assertRejects(() => acquire(site.store(), "192.0.2.1"), StoreError, '"EnableIPv4"');
});

Deno.test(etcdTest("etcd: no configuration, and one that is wrong: both say which key"), async () => {
  await using site = await EtcdSite.create({ Network: "nowhere" });
  await assertRejects(() => site.store().network(signal), Error, "/coreos.com/network/config in etcd at http");
  await assertRejects(
    () => site.store({}, { prefix: "/other" }).network(signal),
    StoreError,
    "etcdctl put /other/config",
  );
});
