import { assertEquals, assertMatch } from "@std/assert";
import { assertEveryFaultIsUndone, errorOf, replayer, testNodes } from "@cnidaria/sdk/testing";

const newNode = await testNodes(new URL(".", import.meta.url));
const replay = await replayer(new URL(".", import.meta.url));

/** A node, and a pod that another plugin has attached. */
function attached() {
  const node = newNode();
  const pod = node.pod();
  pod.attached({ addresses: ["10.1.0.5/16"], gateways: ["10.1.0.1"], bridge: "cni0" });
  return { node, pod };
}

Deno.test("ADD sets the MTU, and says so in the result", async () => {
  const { node, pod } = attached();
  using _ = node;
  const result = await pod.add({ mtu: 1400 });
  assertEquals(result.interfaces?.map(({ mtu }) => mtu), [undefined, 1400]);
  assertEquals(node.calls.map(({ function: name, args }) => [name, ...args]), [
    ["links.set", "container", "eth0", { mtu: 1400 }],
  ]);
  assertEquals(pod.functions.links.get("container", "eth0").mtu, 1400);
});

Deno.test("CHECK finds an MTU that someone changed", async () => {
  const { node, pod } = attached();
  using _ = node;
  await pod.add({ mtu: 1400 });
  await pod.check({ mtu: 1400 });
  pod.functions.links.set("container", "eth0", { mtu: 1500 });
  assertMatch((await errorOf(pod.check({ mtu: 1400 }))).message, /1500.*1400/);
});

Deno.test("DEL succeeds, twice, and once the pod has gone", async () => {
  const { node, pod } = attached();
  using _ = node;
  await pod.add({ mtu: 1400 });
  await pod.del({ mtu: 1400 });
  pod.end();
  await pod.del({ mtu: 1400 });
  assertEquals(node.state().filter((line) => line.includes("veth")), []);
});

Deno.test("ADD refuses an MTU that no link can have, and a place at the head of the chain", async () => {
  const { node, pod } = attached();
  using _ = node;
  assertEquals((await errorOf(pod.add({ mtu: 12 }))).code, 7);
  assertMatch((await errorOf(node.pod("pod2").add({ mtu: 1400 }))).message, /prevResult is missing/);
  assertEquals(node.calls, []);
});

Deno.test("whatever the host refuses, the error says so, and nothing is changed", async () => {
  await assertEveryFaultIsUndone(() => {
    const { node, pod } = attached();
    return { node, run: () => pod.add({ mtu: 1400 }) };
  });
});

Deno.test("what it did on a kernel it does again: recording.json is of `cnidaria plugin record`", async () => {
  assertEquals(await replay(new URL("recording.json", import.meta.url)), [
    { verb: "add", calls: 1 },
    { verb: "check", calls: 1 },
    { verb: "del", calls: 0 },
  ]);
});
