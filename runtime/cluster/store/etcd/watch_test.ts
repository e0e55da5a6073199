import { assert, assertEquals } from "@std/assert";
import { Watching } from "../watching.ts";
import { EtcdSite, etcdTest } from "./testing.ts";

const lease = (last: number, mac = "02:00:00:00:00:01") =>
  `{"PublicIP":"192.0.2.${last}","PublicIPv6":null,"BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"${mac}"}}`;

Deno.test(etcdTest("etcd: others come, change and go, and what is wrong is ignored"), async () => {
  await using site = await EtcdSite.create();
  await site.put("subnets/10.5.1.0-24", lease(1));
  await site.put("subnets/nonsense", "{}");
  await using watch = new Watching(site.store());
  const all = await watch.next();
  assert(all.kind === "all" && all.nodes.length === 1);
  assertEquals(await watch.next(), {
    kind: "ignored",
    name: "nonsense",
    why: 'Cannot use the entry of lease "nonsense" as its key names no subnet, such as 10.5.34.0-24',
  });
  await site.put("subnets/10.5.2.0-24", '{"PublicIP":"192.0.2.2","PublicIPv6":null}');
  assertEquals(await watch.next(), { kind: "gone", name: "10.5.2.0-24" });
  await site.put("subnets/10.5.2.0-24", lease(2));
  assertEquals(await watch.next(), {
    kind: "set",
    node: {
      name: "10.5.2.0-24",
      backendType: "vxlan",
      ipv4: {
        subnet: "10.5.2.0/24",
        publicIp: "192.0.2.2",
        backendData: '{"VNI":1,"VtepMAC":"02:00:00:00:00:01"}',
      },
    },
  });
  await site.put("subnets/10.5.2.0-24", "{");
  assertEquals((await watch.next()).kind, "ignored");
  await site.client.delete().key("/coreos.com/network/subnets/10.5.1.0-24");
  assertEquals(await watch.next(), { kind: "gone", name: "10.5.1.0-24" });
});

Deno.test(etcdTest("etcd: a lease that is not renewed goes"), async () => {
  await using site = await EtcdSite.create();
  const store = site.store({ leaseSeconds: 2 });
  const { signal } = new AbortController();
  const network = await store.network(signal);
  await using watch = new Watching(store);
  await watch.nextOf("all");
  const own = await store.acquire({ node: "n1", publicIp: "192.0.2.1", earlier: [] }, network, signal);
  for (;;) if ((await watch.next()).kind === "gone" && await site.get(`subnets/${own.name}`) === null) break;
});
