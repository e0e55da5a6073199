// A member of the network over a store and a kernel in memory.

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { ClusterOptions } from "./cluster_options.ts";
import { Member } from "./member.ts";
import { runMember } from "./run.ts";
import { type ClusterNode, StoreError } from "./store/store.ts";
import { keptLog, MemoryKernel, MemoryStore, plainBackend, until } from "./testing.ts";

const peer = (name: string, number: number): ClusterNode => ({
  name,
  backendType: "plain",
  ipv4: { subnet: `10.244.${number}.0/24`, publicIp: `192.0.2.${number}`, backendData: "" },
});

/** This node's entry, as it publishes it. */
const own = (number: number): ClusterNode => ({
  name: `lease-${number}`,
  backendType: "plain",
  ipv4: { subnet: `10.244.${number}.0/24`, publicIp: "192.0.2.11", backendData: '{"mtu":1500}' },
});

/** A member that runs until the end of `check`. */
async function withMember(
  check: (it: {
    store: MemoryStore;
    kernel: MemoryKernel;
    member: Member;
    lines: string[];
    subnetFile: string;
  }) => Promise<void>,
  prepare: (it: { store: MemoryStore; subnetFile: string }) => void = () => {},
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const subnetFile = `${folder}/subnet.env`;
  const options: ClusterOptions = {
    node: "own",
    store: { type: "static" },
    subnetFile,
    ipMasq: true,
    checksumOffload: "auto",
    compareSeconds: 60,
  };
  const [store, kernel, log, end] = [new MemoryStore(), new MemoryKernel(), keptLog(), new AbortController()];
  prepare({ store, subnetFile });
  const openBackend = (type: string) =>
    type === "plain" ? Promise.resolve(plainBackend) : Promise.reject(new Error(`there is no backend ${type}`));
  const member = new Member({ store, kernel, openBackend }, options, log, 300);
  const running = runMember(member, kernel, options, log, end.signal);
  try {
    await check({ store, kernel, member, lines: log.lines, subnetFile });
  } finally {
    end.abort();
    await running;
    await Deno.remove(folder, { recursive: true });
  }
}

const joined = (member: Member) => until(() => member.status().waitsFor === undefined, "it has joined");

Deno.test("a node takes a subnet, tells the others, and writes the subnet file", () =>
  withMember(async ({ store, kernel, member, subnetFile }) => {
    await joined(member);
    assertEquals(store.requests, [{ node: "own", publicIp: "192.0.2.11", earlier: [] }]);
    assertEquals(store.published, [{
      name: "lease-1",
      backendType: "plain",
      ipv4: { subnet: "10.244.1.0/24", publicIp: "192.0.2.11", backendData: '{"mtu":1500}' },
    }]);
    assertEquals([...kernel.masqueraded], [
      ["ipv4", { network: "10.244.0.0/16", subnet: "10.244.1.0/24" }],
      ["ipv6", undefined],
    ]);
    assertEquals(
      await Deno.readTextFile(subnetFile),
      "FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.1.1/24\nFLANNEL_MTU=1500\nFLANNEL_IPMASQ=true\n",
    );
  }));

Deno.test("it asks for the subnet that it had", () =>
  withMember(
    async ({ store, member }) => {
      await joined(member);
      assertEquals(store.requests[0]?.earlier, ["10.244.7.0/24"]);
      assertEquals(member.status().families[0]?.subnet, "10.244.7.0/24");
    },
    ({ subnetFile }) => Deno.writeTextFileSync(subnetFile, "FLANNEL_SUBNET=10.244.7.1/24\n"),
  ));

Deno.test("peers come, change and go; itself is none of them", () =>
  withMember(async ({ store, kernel, member }) => {
    await joined(member);
    store.events.push({ kind: "all", nodes: [peer("a", 20), own(1)] });
    store.events.push({ kind: "set", node: peer("b", 21) });
    await until(() => kernel.routes.size === 2, "two peers");
    assertEquals(Object.fromEntries(kernel.routes), {
      a: "10.244.20.0/24 via 192.0.2.20",
      b: "10.244.21.0/24 via 192.0.2.21",
    });
    store.events.push({ kind: "gone", name: "a" });
    store.events.push({ kind: "ignored", name: "b", why: "Cannot use the entry of b" });
    await until(() => kernel.routes.size === 0, "none");
  }));

Deno.test("while the store is out of reach all stays as it is, and the status says why", () =>
  withMember(async ({ store, kernel, member, lines }) => {
    await joined(member);
    store.events.push({ kind: "all", nodes: [peer("a", 20), own(1)] });
    store.events.push({ kind: "unreachable", why: "Cannot reach the store" });
    await until(() => member.status().store.unreachable !== undefined, "unreachable");
    assertEquals(kernel.routes.size, 1);
    store.events.push({ kind: "reachable" });
    await until(() => member.status().store.unreachable === undefined, "reachable");
    assertEquals(lines.filter((line) => line.startsWith("warn")), ["warn: Cannot reach the store"]);
  }));

Deno.test("what is wrong in the configuration is told before anything is taken, and tried again", () =>
  withMember(
    async ({ store, kernel, member, lines }) => {
      await until(() => lines.length > 0, "it is told");
      assertStringIncludes(lines[0]!, "there is no backend nonsense");
      assertEquals([store.requests.length, kernel.nodes.size], [0, 0]);
      assertStringIncludes(member.status().waitsFor!, "nonsense");
      store.text = JSON.stringify({ Network: "10.244.0.0/16", Backend: { Type: "plain" } });
      await joined(member);
    },
    ({ store }) => store.text = JSON.stringify({ Network: "10.244.0.0/16", Backend: { Type: "nonsense" } }),
  ));

Deno.test("a store that does not answer at first is asked again", () =>
  withMember(
    async ({ member, lines }) => {
      await joined(member);
      assertEquals(lines[0], "error: no answer");
    },
    ({ store }) => store.failures.set("acquire", new StoreError("unreachable", "no answer")),
  ));

Deno.test("a lease that another node has by now is given up for a new one, and peers are kept", () =>
  withMember(async ({ store, kernel, member, subnetFile }) => {
    await joined(member);
    store.events.push({ kind: "all", nodes: [peer("a", 20), own(1)] });
    await until(() => kernel.routes.size === 1, "a peer");
    store.failures.set("renew", new StoreError("lost", "another has it"));
    await member.renew(new AbortController().signal);
    assertEquals(member.status().families[0]?.subnet, "10.244.2.0/24");
    assertStringIncludes(await Deno.readTextFile(subnetFile), "FLANNEL_SUBNET=10.244.2.1/24");
    assertEquals(member.status().peers.map(({ name, state }) => [name, state]), [["a", "connected"]]);
    // The node that has the former lease, of the name that was this one's.
    store.events.push({ kind: "all", nodes: [peer("a", 20), { ...peer("lease-1", 1) }, own(2)] });
    await until(() => kernel.routes.size === 2, "the new holder is a peer");
    assertEquals(kernel.routes.get("lease-1"), "10.244.1.0/24 via 192.0.2.1");
  }));

Deno.test("what the store has lost is written again, and nobody is removed for it", () =>
  withMember(async ({ store, kernel, member }) => {
    await joined(member);
    store.events.push({ kind: "all", nodes: [peer("a", 20), own(1)] });
    await until(() => kernel.routes.size === 1, "a peer");
    assertEquals(store.renewed, []);
    store.events.push({ kind: "all", nodes: [] });
    await until(() => store.renewed.length === 1, "it is written again");
    assertEquals(store.renewed[0]?.ipv4?.subnet, "10.244.1.0/24");
    assertEquals(kernel.routes.size, 1);
    // The others had their time: who has not come back has gone.
    await new Promise((resolve) => setTimeout(resolve, 400));
    store.events.push({ kind: "all", nodes: [own(1), peer("b", 21)] });
    await until(() => kernel.routes.has("b"), "those who came back");
    assertEquals([...kernel.routes.keys()], ["b"]);
  }));

Deno.test("an entry of this node that another has written over is written again", () =>
  withMember(async ({ store, member }) => {
    await joined(member);
    store.events.push({ kind: "set", node: own(1) });
    store.events.push({ kind: "set", node: peer("lease-1", 77) });
    await until(() => store.renewed.length === 1, "it is written again");
  }));

Deno.test("a link to the others that changes is told to them, and planned anew", () =>
  withMember(async ({ store, kernel, member }) => {
    await joined(member);
    kernel.link = { ...kernel.link, mtu: 9000, publicIp: "192.0.2.99" };
    kernel.events.push("underlay");
    await until(() => store.published.length === 2, "told again");
    assertEquals(store.published[1]?.ipv4, {
      subnet: "10.244.1.0/24",
      publicIp: "192.0.2.99",
      backendData: '{"mtu":9000}',
    });
    assertEquals(member.status().families[0]?.podMtu, 9000);
  }));

Deno.test("what someone else took is made again, and counted", () =>
  withMember(async ({ kernel, member, lines }) => {
    await joined(member);
    kernel.damage = 3;
    kernel.events.push("damaged");
    await until(() => member.status().repairs === 1, "it is repaired");
    assertEquals(member.status().repaired, 3);
    assertEquals(lines.at(-1), "warn: repaired the overlay");
    kernel.events.push("damaged");
    await new Promise((resolve) => setTimeout(resolve, 400));
    assertEquals(member.status().repairs, 1);
  }));
