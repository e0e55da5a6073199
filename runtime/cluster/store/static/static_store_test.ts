import { assert, assertEquals, assertRejects } from "@std/assert";
import { overlap } from "../allocate.ts";
import { type ClusterNode, StoreError } from "../store.ts";
import { Watching } from "../watching.ts";
import { StaticStore } from "./static_store.ts";

const { signal } = new AbortController();
const POLL_MS = 300;

/** A folder with a network. */
class Site implements AsyncDisposable {
  private constructor(readonly path: string) {}

  static async create(network: unknown = { Network: "10.5.0.0/16", Backend: { Type: "vxlan" } }): Promise<Site> {
    const site = new Site(await Deno.makeTempDir());
    await site.write("network.json", JSON.stringify(network));
    return site;
  }

  store(): StaticStore {
    return new StaticStore(this.path, POLL_MS);
  }

  async acquire(node: string, earlier: readonly string[] = []) {
    const store = this.store();
    return await store.acquire({ node, earlier }, await store.network(), signal);
  }

  async write(file: string, text: string): Promise<void> {
    await Deno.mkdir(`${this.path}/nodes`, { recursive: true });
    await Deno.writeTextFile(`${this.path}/${file}`, text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

function nodeWith(name: string, subnet: string, mac = "02:00:00:00:00:01"): ClusterNode {
  const backendData = JSON.stringify({ VNI: 1, VtepMAC: mac });
  return { name, backendType: "vxlan", ipv4: { subnet, publicIp: "192.0.2.1", backendData } };
}

Deno.test("a node keeps its subnet, and others take others", async () => {
  await using site = await Site.create();
  const one = await site.acquire("n1", ["10.5.34.0/24"]);
  assertEquals(one, { name: "n1", ipv4: "10.5.34.0/24" });
  assertEquals(await site.acquire("n1"), one);
  assertEquals(await site.acquire("n1", ["10.5.35.0/24"]), one);
  const two = await site.acquire("n2", ["10.5.34.0/24"]);
  assert(!overlap(two.ipv4!, one.ipv4!));
});

Deno.test("a hundred nodes that start at once have a hundred subnets, of both families", async () => {
  await using site = await Site.create({
    EnableIPv6: true,
    Network: "10.5.0.0/17",
    IPv6Network: "fd00::/56",
  });
  const names = Array.from({ length: 100 }, (_, i) => `n${i}`);
  const leases = await Promise.all(names.map((name) => site.acquire(name)));
  assertEquals(new Set(leases.map(({ ipv4 }) => ipv4)).size, 100);
  assertEquals(new Set(leases.map(({ ipv6 }) => ipv6)).size, 100);
  const left = [...Deno.readDirSync(`${site.path}/subnets`)].map(({ name }) => name);
  assertEquals(left.length, 200, left.join());
});

Deno.test("the last one is told that none is free", async () => {
  await using site = await Site.create({ Network: "10.5.0.0/28" });
  for (const node of ["n1", "n2", "n3"]) await site.acquire(node);
  const error = await assertRejects(() => site.acquire("n4"), StoreError, "none is free");
  assertEquals((error as StoreError).kind, "exhausted");
});

Deno.test("a subnet that no longer fits the network is given up", async () => {
  await using site = await Site.create();
  await site.acquire("n1");
  await site.write("network.json", JSON.stringify({ Network: "10.6.0.0/16" }));
  const { ipv4 } = await site.acquire("n1");
  assert(ipv4!.startsWith("10.6."), ipv4);
  assertEquals([...Deno.readDirSync(`${site.path}/subnets`)].map(({ name }) => name), [ipv4!.replace("/", "-")]);
});

Deno.test("what was written beforehand is taken; what another has is a conflict", async () => {
  await using site = await Site.create();
  await site.write(
    "nodes/n1.json",
    JSON.stringify({ subnet: "10.5.7.0/24", publicIp: "192.0.2.1", backendType: "host-gw" }),
  );
  assertEquals((await site.acquire("n1")).ipv4, "10.5.7.0/24");
  await site.write(
    "nodes/n2.json",
    JSON.stringify({ subnet: "10.5.7.0/24", publicIp: "192.0.2.2", backendType: "host-gw" }),
  );
  const error = await assertRejects(() => site.acquire("n2"), StoreError, 'as node "n1" has it');
  assertEquals((error as StoreError).kind, "conflict");
});

Deno.test("a node sees others come, change and go; publishing the same writes nothing", async () => {
  await using site = await Site.create();
  const store = site.store();
  const own = await site.acquire("n1");
  await store.publish(own, nodeWith("n1", own.ipv4!));
  await using watch = new Watching(store);
  assertEquals(await watch.next(), { kind: "all", nodes: [nodeWith("n1", own.ipv4!)] });

  const other = await site.acquire("n2");
  const [before, after] = ["02:00:00:00:00:02", "02:00:00:00:00:03"].map((mac) => nodeWith("n2", other.ipv4!, mac));
  await store.publish(other, before!);
  assertEquals(await watch.next(), { kind: "set", node: before! });
  const { mtime } = await Deno.stat(`${site.path}/nodes/n2.json`);
  await store.renew(other, before!);
  assertEquals((await Deno.stat(`${site.path}/nodes/n2.json`)).mtime, mtime);
  await store.publish(other, after!);
  assertEquals(await watch.next(), { kind: "set", node: after! });
  await Deno.remove(`${site.path}/nodes/n2.json`);
  assertEquals(await watch.next(), { kind: "gone", name: "n2" });
});

Deno.test("who has lost its subnet is told so", async () => {
  await using site = await Site.create();
  const store = site.store();
  const own = await site.acquire("n1");
  await site.write(`subnets/${own.ipv4!.replace("/", "-")}`, "n2\n");
  const error = await assertRejects(() => store.publish(own, nodeWith("n1", own.ipv4!)), StoreError);
  assertEquals((error as StoreError).kind, "lost");
});

Deno.test("a file that is no JSON leaves its node as it was, and the others go on", async () => {
  await using site = await Site.create();
  const store = site.store();
  const [one, two] = [await site.acquire("n1"), await site.acquire("n2")];
  await store.publish(one, nodeWith("n1", one.ipv4!));
  await using watch = new Watching(store);
  await watch.nextOf("all");
  await site.write("nodes/n1.json", '{"subnet": "10.');
  const event = await watch.nextOf("unreachable");
  assert(event.why.startsWith('Cannot use the file of node "n1" as it is no JSON'), event.why);
  await store.publish(two, nodeWith("n2", two.ipv4!));
  await watch.nextOf("set");
  assertEquals([...watch.nodes.keys()], ["n1", "n2"]);
  await store.publish(one, nodeWith("n1", one.ipv4!));
  await watch.nextOf("reachable");
});

Deno.test("JSON that says nothing of use is ignored, with file and key", async () => {
  await using site = await Site.create();
  await site.write("nodes/n1.json", '{"subnet":"10.5.1.0/24","publicIp":"nowhere","backendType":"vxlan"}');
  await using watch = new Watching(site.store());
  assertEquals(await watch.next(), { kind: "all", nodes: [] });
  const event = await watch.nextOf("ignored");
  assert(event.why.includes(`${site.path}/nodes/n1.json`) && event.why.includes('"publicIp"'), event.why);
});

Deno.test("a folder that is not there leaves everything as it was", async () => {
  await using site = await Site.create();
  const own = await site.acquire("n1");
  const store = site.store();
  await store.publish(own, nodeWith("n1", own.ipv4!));
  await using watch = new Watching(store);
  await watch.nextOf("all");
  await Deno.rename(site.path, `${site.path}.away`);
  const event = await watch.nextOf("unreachable");
  assert(event.why.startsWith(`Cannot read the store ${site.path} as `), event.why);
  assertEquals(watch.nodes.size, 1);
  await Deno.rename(`${site.path}.away`, site.path);
  await watch.nextOf("reachable");
  assertEquals(watch.seen.map(({ kind }) => kind), ["all", "unreachable", "reachable"]);
});

Deno.test("no network: the sentence says what to write where", async () => {
  await using site = await Site.create();
  await Deno.remove(`${site.path}/network.json`);
  await assertRejects(() => site.store().network(), StoreError, `net-conf.json to ${site.path}/network.json`);
});

Deno.test("a name that cannot be a file's is refused", async () => {
  await using site = await Site.create();
  for (const name of ["../n1", "", ".n1", "a/b"]) await assertRejects(() => site.acquire(name), StoreError, "name");
});
