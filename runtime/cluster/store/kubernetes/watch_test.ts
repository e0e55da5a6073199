import { assert, assertEquals } from "@std/assert";
import { Watching } from "../watching.ts";
import { KubernetesSite, managed } from "./testing.ts";

const names = (watch: Watching) => [...watch.nodes.keys()].sort().join();
const kinds = (watch: Watching) => watch.seen.map(({ kind }) => kind).join();

async function until(done: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!done()) {
    assert(performance.now() < end, "it has not come to that within 10 s");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

Deno.test("kubernetes: others come, change and go; what changes for no peer is not told", async () => {
  await using site = await KubernetesSite.create();
  site.api.set("n1", managed("10.5.1.0/24", 1));
  site.api.set("n2", { podCIDRs: ["10.5.2.0/24"] });
  await using watch = new Watching(site.store());
  const all = await watch.next();
  assertEquals(all.kind === "all" && all.nodes.map(({ name }) => name), ["n1"]);
  site.api.set("n1", managed("10.5.1.0/24", 1));
  site.api.set("n2", managed("10.5.2.0/24", 2));
  assertEquals(await watch.next(), {
    kind: "set",
    node: {
      name: "n2",
      backendType: "vxlan",
      ipv4: {
        subnet: "10.5.2.0/24",
        publicIp: "192.0.2.2",
        backendData: '{"VNI":1,"VtepMAC":"02:00:00:00:00:01"}',
      },
    },
  });
  site.api.set("n2", managed("10.5.2.0/24", 2, "02:00:00:00:00:02"));
  assertEquals((await watch.next()).kind, "set");
  site.api.delete("n1");
  assertEquals(await watch.next(), { kind: "gone", name: "n1" });
});

Deno.test("kubernetes: a bad annotation is ignored, with node and key, until it is right", async () => {
  await using site = await KubernetesSite.create();
  const good = managed("10.5.1.0/24", 1);
  const bad = { ...good, annotations: { ...good.annotations, "flannel.alpha.coreos.com/public-ip": "10.1.300.1" } };
  site.api.set("n1", bad);
  await using watch = new Watching(site.store());
  await watch.nextOf("all");
  const { why } = await watch.nextOf("ignored");
  assert(
    why.startsWith('Cannot use the entry of node "n1" as its annotation flannel.alpha.coreos.com/public-ip '),
    why,
  );
  site.api.set("n1", good);
  await watch.nextOf("set");
  site.api.set("n1", { ...good, annotations: {} });
  assertEquals(await watch.next(), { kind: "gone", name: "n1" });
});

Deno.test("kubernetes: a long list comes in pages", async () => {
  await using site = await KubernetesSite.create();
  site.api.page = 3;
  for (let i = 1; i <= 10; i++) site.api.set(`n${i}`, managed(`10.5.${i}.0/24`, i));
  await using watch = new Watching(site.store());
  const all = await watch.next();
  assertEquals(all.kind === "all" && all.nodes.length, 10);
  assertEquals(site.count("GET"), 4);
});

Deno.test("kubernetes: a watch that ends goes on where it was, or where a bookmark said", async () => {
  await using site = await KubernetesSite.create();
  site.api.set("n1", managed("10.5.1.0/24", 1));
  await using watch = new Watching(site.store());
  await watch.nextOf("all");
  const next = watch.next();
  await until(() => site.api.watchers === 1);
  site.api.bookmark();
  // Only who has heard the bookmark is not too old by now.
  site.api.forget();
  await new Promise((resolve) => setTimeout(resolve, 100));
  site.api.disconnect();
  site.api.set("n2", managed("10.5.2.0/24", 2));
  assertEquals((await next).kind, "set");
  assertEquals(kinds(watch), "all,set");
  assertEquals(site.count("GET"), 1, "lists");
});

for (
  const [how, expire] of [
    ["within the watch", (site: KubernetesSite) => site.api.expire()],
    ["as an answer", (site: KubernetesSite) => {
      site.api.set("n9", {});
      site.api.disconnect();
      site.api.set("n9", {});
      site.api.forget();
    }],
  ] as const
) {
  Deno.test(`kubernetes: 410 ${how}: everything is listed again`, async () => {
    await using site = await KubernetesSite.create();
    site.api.set("n1", managed("10.5.1.0/24", 1));
    await using watch = new Watching(site.store());
    await watch.nextOf("all");
    const next = watch.nextOf("all");
    await until(() => site.api.watchers === 1);
    site.api.delete("n1");
    site.api.set("n2", managed("10.5.2.0/24", 2));
    expire(site);
    await next;
    assertEquals(names(watch), "n2");
  });
}

Deno.test("kubernetes: out of reach, then there again: told, and nothing is lost", async () => {
  await using site = await KubernetesSite.create();
  site.api.set("n1", managed("10.5.1.0/24", 1));
  await using watch = new Watching(site.store());
  await watch.nextOf("all");
  const next = watch.nextOf("unreachable");
  await until(() => site.api.watchers === 1);
  await site.api.stop();
  const { why } = await next;
  assert(why.startsWith(`Cannot watch the nodes in the Kubernetes API at ${site.api.server} as `), why);
  assertEquals(names(watch), "n1");
  site.api.set("n2", managed("10.5.2.0/24", 2));
  site.api.start();
  await watch.nextOf("reachable");
  await watch.until(() => watch.nodes.size === 2);
  assertEquals(kinds(watch), "all,unreachable,reachable,set");
});

Deno.test("kubernetes: an API that says nothing any more is out of reach", async () => {
  await using site = await KubernetesSite.create();
  await using watch = new Watching(site.store({ probeMs: 200, callMs: 300 }));
  await watch.nextOf("all");
  const next = watch.nextOf("unreachable");
  await until(() => site.api.watchers === 1);
  site.api.silent = true;
  assert((await next).why.includes("no answer within 300 ms"));
  site.api.silent = false;
  await watch.nextOf("reachable");
});

Deno.test("kubernetes: a watch whose token has ended goes on with the next one", async () => {
  await using site = await KubernetesSite.create();
  site.api.token = site.token = "first";
  await using watch = new Watching(site.store());
  await watch.nextOf("all");
  const next = watch.nextOf("unreachable");
  await until(() => site.api.watchers === 1);
  site.api.token = "second";
  site.api.disconnect();
  assert((await next).why.includes("answered 401: Unauthorized; check the token"));
  site.token = "second";
  await watch.nextOf("reachable");
});

Deno.test("kubernetes: what is no event breaks the watch, not the agent", async () => {
  await using site = await KubernetesSite.create();
  await using watch = new Watching(site.store());
  await watch.nextOf("all");
  const next = watch.nextOf("unreachable");
  await until(() => site.api.watchers === 1);
  site.api.garbage("<html>\n");
  await next;
  const after = watch.nextOf("set");
  await until(() => site.api.watchers === 1);
  site.api.garbage('{"type":"ADDED"}\n{"type":"ADDED","object":{"metadata":[]}}\n[]\n');
  site.api.set("n1", managed("10.5.1.0/24", 1));
  await after;
});
