import { assertEquals } from "@std/assert";
import type { Event, Rejection } from "cnidaria:cni/policy@0.3.0";
import { compileFolder } from "./compiled_folder.ts";
import { readFolder } from "./folder.ts";
import { problemText } from "./yaml_file.ts";

const FILE = `kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - from:
        - ipBlock: { cidr: 10.0.0.0 }
---
kind: NetworkPolicy
metadata: { name: good, namespace: shop }
spec: { podSelector: {} }
---
kind: Pod
metadata: { name: one, namespace: shop }
spec: { nodeName: n1, containers: [{ ports: [{ containerPort: 80 }] }] }
status: { podIP: 10.1.0.1 }
---
kind: Pod
metadata: { name: two, namespace: shop }
spec: { nodeName: n2 }
status: { podIP: 10.1.0.2 }
---
kind: Pod
metadata: { name: host, namespace: shop }
spec: { hostNetwork: true }
status: { podIP: 192.0.2.1 }
---
kind: Node
metadata: { name: n1 }
status: { addresses: [{ type: InternalIP, address: 192.0.2.1 }] }
---
kind: Service
metadata: { name: web }
`;

/** What a compiler that refuses one policy is told, and what comes of it. */
async function compiled(isLocal?: (node: string) => boolean) {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  const observed: Event[] = [];
  const rejection: Rejection = {
    name: { kind: "network-policy", namespace: "shop", name: "web" },
    errors: [{ path: "spec.ingress[0].from[0].ipBlock.cidr", message: "is no network" }],
  };
  try {
    await Deno.writeTextFile(file, FILE);
    const result = compileFolder(
      readFolder(file),
      {
        observe: (events) => {
          observed.push(...events);
          return [rejection];
        },
        plan: () => [{ tag: "add-counter", val: "planned" }],
        close: () => {},
      },
      isLocal,
    );
    return { ...result, observed, told: result.problems.map((it) => problemText(it).replace(file, "FILE")) };
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("what is refused is told with the line of its field, and counts no more", async () => {
  const { told, counts, content, problems } = await compiled();
  assertEquals(told, ["FILE:7: NetworkPolicy shop/web: spec.ingress[0].from[0].ipBlock.cidr is no network"]);
  assertEquals(problems[0]?.document, 1);
  assertEquals([counts.NetworkPolicy, counts.Pod, counts.Node], [1, 3, 1]);
  assertEquals([...content.counters], ["planned"]);
});

Deno.test("pods are observed before policies, all of them local unless it is said which nodes are", async () => {
  const { observed, pods, nodes } = await compiled();
  assertEquals(observed.map(({ tag }) => tag), ["pod", "pod", "pod-gone", "node", "policy", "policy"]);
  assertEquals(pods.map(({ name, node, local }) => [name, node, local]), [["one", "n1", true], ["two", "n2", true]]);
  assertEquals(pods[0]?.containerPorts, [{ protocol: "tcp", port: 80, name: "" }]);
  assertEquals(nodes, [{ name: "n1", addresses: ["192.0.2.1"] }]);
  const other = await compiled((node) => node === "n2");
  assertEquals(other.pods.map(({ local }) => local), [false, true]);
});

Deno.test("what may surprise is noted", async () => {
  assertEquals((await compiled()).notes, [
    "there is no Namespace shop, in which there are pods: it has no label but its name",
    "policies are not about Pod shop/host: without an address, finished, or of its node's own network",
    "passed over: 1 Service",
  ]);
});
