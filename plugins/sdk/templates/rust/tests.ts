// Tests of a new plugin in Rust: the component, on a node in memory.

export function pluginTest(name: string): string {
  return `import { assertEquals, assertMatch } from "@std/assert";
import { assertEveryFaultIsUndone, errorOf, testNodes } from "@cnidaria/sdk/testing";

// cargo builds it where that is needed.
const newNode = await testNodes(new URL(".", import.meta.url));

/** A node in memory, and a pod on it that another plugin has attached. */
function attached() {
  const node = newNode();
  const pod = node.pod();
  pod.attached({ addresses: ["10.1.0.5/16"], gateways: ["10.1.0.1"] });
  return { node, pod };
}

Deno.test("${name} sets the MTU, says so in the result, and CHECK finds another", async () => {
  const { node, pod } = attached();
  using _ = node;
  const result = await pod.add({ mtu: 1400 });
  assertEquals(result.interfaces?.map(({ mtu }) => mtu), [undefined, 1400]);
  await pod.check({ mtu: 1400 });
  pod.functions.links.set("container", "eth0", { mtu: 1500 });
  assertEquals((await errorOf(pod.check({ mtu: 1400 }))).code, 100);
});

Deno.test("${name} refuses a configuration that is wrong, and names the key", async () => {
  const { node, pod } = attached();
  using _ = node;
  const failure = await errorOf(pod.add({}));
  assertEquals(failure.code, 7);
  assertMatch(failure.message, /mtu/);
});

Deno.test("${name} whichever host call fails, the error says so, and nothing is left", async () => {
  await assertEveryFaultIsUndone(() => {
    const { node, pod } = attached();
    return { node, run: () => pod.add({ mtu: 1400 }) };
  });
});
`;
}

export function exampleConflist(name: string): string {
  const list = {
    cniVersion: "1.1.0",
    name: "example",
    plugins: [
      { type: "bridge", isGateway: true, ipam: { type: "host-local", subnet: "10.1.0.0/24" } },
      { type: name, mtu: 1400 },
    ],
  };
  return JSON.stringify(list, null, 2) + "\n";
}
