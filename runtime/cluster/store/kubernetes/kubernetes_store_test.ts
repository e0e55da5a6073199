import { assert, assertEquals, assertRejects } from "@std/assert";
import { StoreError } from "../store.ts";
import { DUAL, KubernetesSite, managed, published } from "./testing.ts";

const { signal } = new AbortController();

async function acquire(site: KubernetesSite, node = "n1") {
  const store = site.store();
  return await store.acquire({ node, earlier: [] }, await store.network(), signal);
}

Deno.test("kubernetes: a node has its podCIDRs", async () => {
  await using site = await KubernetesSite.create(DUAL);
  site.api.set("n1", { podCIDRs: ["10.5.3.0/24", "fd00:5:0:3::/64"] });
  assertEquals(await acquire(site), { name: "n1", ipv4: "10.5.3.0/24", ipv6: "fd00:5:0:3::/64" });
});

Deno.test("kubernetes: a family that the network has not is let be", async () => {
  await using site = await KubernetesSite.create();
  site.api.set("n1", { podCIDRs: ["fd00:5:0:3::/64", "10.5.3.0/24"] });
  assertEquals(await acquire(site), { name: "n1", ipv4: "10.5.3.0/24" });
});

for (
  const [name, podCIDRs, network, kind, words] of [
    ["no podCIDR", undefined, undefined, "invalid", "--allocate-node-cidrs=true"],
    ["none of IPv6", ["10.5.3.0/24"], DUAL, "invalid", "no podCIDR of IPv6"],
    ["one outside of the network", ["10.6.3.0/24"], undefined, "conflict", "outside of the network 10.5.0.0/16"],
  ] as const
) {
  Deno.test(`kubernetes: ${name}: the sentence says what to do`, async () => {
    await using site = await KubernetesSite.create(network);
    site.api.set("n1", { ...podCIDRs && { podCIDRs } });
    const error = await assertRejects(() => acquire(site), StoreError, words) as StoreError;
    assertEquals(error.kind, kind);
    assert(error.message.includes('node "n1"'), error.message);
  });
}

Deno.test("kubernetes: what is published are Flannel's annotations, and others stay", async () => {
  await using site = await KubernetesSite.create(DUAL);
  site.api.set("n1", { podCIDRs: ["10.5.3.0/24", "fd00:5:0:3::/64"], annotations: { other: "kept" } });
  const own = await acquire(site);
  await site.store().publish(own, published(own), signal);
  assertEquals(site.api.annotationsOf("n1"), {
    other: "kept",
    "flannel.alpha.coreos.com/kube-subnet-manager": "true",
    "flannel.alpha.coreos.com/backend-type": "vxlan",
    "flannel.alpha.coreos.com/backend-data": '{"VNI":1}',
    "flannel.alpha.coreos.com/public-ip": "192.0.2.1",
    "flannel.alpha.coreos.com/backend-v6-data": '{"VNI":1}',
    "flannel.alpha.coreos.com/public-ipv6": "2001:db8::1",
  });
  const patch = site.api.requests.find(({ method }) => method === "PATCH")!;
  assertEquals([patch.path, patch.contentType], [
    "/api/v1/nodes/n1/status",
    "application/strategic-merge-patch+json",
  ]);
});

Deno.test("kubernetes: nothing is written where nothing has changed, and else no more than what has", async () => {
  await using site = await KubernetesSite.create();
  site.api.set("n1", managed("10.5.3.0/24", 1));
  const store = site.store();
  const own = await acquire(site);
  const same = published(own, '{"VNI":1,"VtepMAC":"02:00:00:00:00:01"}');
  await store.publish(own, same, signal);
  await store.renew(own, same, signal);
  assertEquals(site.count("PATCH"), 0);
  await store.publish(own, published(own, '{"VNI":2}'), signal);
  const patch = site.api.requests.find(({ method }) => method === "PATCH")!;
  assertEquals(JSON.parse(patch.body).metadata.annotations, { "flannel.alpha.coreos.com/backend-data": '{"VNI":2}' });
});

Deno.test("kubernetes: the address that an administrator gave a node behind NAT is published", async () => {
  await using site = await KubernetesSite.create();
  const annotations = { "flannel.alpha.coreos.com/public-ip-overwrite": "203.0.113.7" };
  site.api.set("n1", { podCIDRs: ["10.5.3.0/24"], annotations });
  const own = await acquire(site);
  await site.store().publish(own, published(own), signal);
  assertEquals(site.api.annotationsOf("n1")["flannel.alpha.coreos.com/public-ip"], "203.0.113.7");
});

Deno.test("kubernetes: a backend without data publishes null, as Flannel does", async () => {
  await using site = await KubernetesSite.create();
  site.api.set("n1", { podCIDRs: ["10.5.3.0/24"] });
  const own = await acquire(site);
  await site.store().publish(own, published(own, ""), signal);
  assertEquals(site.api.annotationsOf("n1")["flannel.alpha.coreos.com/backend-data"], "null");
});

Deno.test("kubernetes: a node that was made anew with another podCIDR has lost its subnet", async () => {
  await using site = await KubernetesSite.create();
  site.api.set("n1", { podCIDRs: ["10.5.3.0/24"] });
  const own = await acquire(site);
  site.api.set("n1", { podCIDRs: ["10.5.4.0/24"] });
  const error = await assertRejects(() => site.store().renew(own, published(own), signal), StoreError);
  assertEquals((error as StoreError).kind, "lost");
});

Deno.test("kubernetes: a token that is replaced is read anew", async () => {
  await using site = await KubernetesSite.create();
  site.api.set("n1", { podCIDRs: ["10.5.3.0/24"] });
  site.api.token = site.token = "first";
  const store = site.store();
  const network = await store.network();
  await store.acquire({ node: "n1", earlier: [] }, network, signal);
  site.api.token = site.token = "second";
  await store.acquire({ node: "n1", earlier: [] }, network, signal);
  assertEquals(site.api.requests.at(-1)!.authorization, "Bearer second");
});

for (
  const [status, kind, words] of [
    [401, "refused", "check the token"],
    [403, "refused", "patch nodes/status"],
    [404, "invalid", 'check "node"'],
    [500, "unreachable", "answered 500: no such luck"],
    [429, "unreachable", "answered 429"],
  ] as const
) {
  Deno.test(`kubernetes: ${status} is ${kind}`, async () => {
    await using site = await KubernetesSite.create();
    site.api.failure = { status, message: "no such luck" };
    const error = await assertRejects(() => acquire(site), StoreError, words);
    assertEquals((error as StoreError).kind, kind);
  });
}

Deno.test("kubernetes: nobody there, and nobody who answers: told in time", async () => {
  await using site = await KubernetesSite.create();
  site.api.silent = true;
  const store = site.store({ callMs: 300 });
  const network = await store.network();
  const began = performance.now();
  const ask = () => store.acquire({ node: "n1", earlier: [] }, network, signal);
  await assertRejects(ask, StoreError, "no answer within 300 ms");
  assert(performance.now() - began < 5_000);
  site.api.silent = false;
  await site.api.stop();
  const error = await assertRejects(
    ask,
    StoreError,
    `Cannot read node "n1" in the Kubernetes API at ${site.api.server}`,
  );
  assertEquals((error as StoreError).kind, "unreachable");
  site.api.start();
});

Deno.test("kubernetes: no network configuration: the sentence names the file", async () => {
  await using site = await KubernetesSite.create();
  await Deno.remove(`${site.directory}/net-conf.json`);
  await assertRejects(() => site.store().network(), StoreError, `${site.directory}/net-conf.json`);
});
