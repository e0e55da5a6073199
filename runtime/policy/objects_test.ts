import { assertEquals } from "@std/assert";
import { eventOf, goneEvent, podEvent, readPod } from "./objects.ts";
import { World } from "./world.ts";

const metadata = { name: "web", namespace: "shop", labels: { tier: "front", app: "web", bad: 1 } };
const labels: [string, string][] = [["app", "web"], ["tier", "front"]];
const name = { namespace: "shop", name: "web" };

function pod(spec: Record<string, unknown> = {}, status: Record<string, unknown> = {}) {
  return {
    metadata,
    spec: {
      nodeName: "n1",
      containers: [{
        ports: [{ name: "http", containerPort: 80 }, { containerPort: 81 }, { name: "x", containerPort: 0 }],
      }],
      initContainers: [
        { ports: [{ name: "once", containerPort: 1 }] },
        { restartPolicy: "Always", ports: [{ name: "dns", protocol: "UDP", containerPort: 53 }] },
      ],
      ...spec,
    },
    status: { podIP: "10.1.0.5", podIPs: [{ ip: "10.1.0.5" }, { ip: "FD00:0::5" }, { ip: "no" }], ...status },
  };
}

Deno.test("a pod: labels, addresses as the kernel prints them, named ports of what runs beside it", () => {
  assertEquals(podEvent(readPod(pod())!, "n1"), {
    tag: "pod",
    val: {
      name,
      labels,
      addresses: ["10.1.0.5", "fd00::5"],
      ports: [{ name: "http", protocol: "TCP", port: 80 }, { name: "dns", protocol: "UDP", port: 53 }],
      local: true,
    },
  });
});

Deno.test("a pod of another node is not local; one without address, finished, or of the node's network does not count", () => {
  const event = podEvent(readPod(pod())!, "n2");
  assertEquals(event.tag === "pod" && event.val.local, false);
  const gone = { tag: "pod-gone", val: name };
  const none = { podIP: undefined, podIPs: undefined };
  assertEquals(podEvent(readPod(pod({}, none))!, "n1"), gone as typeof event);
  assertEquals(podEvent(readPod(pod({}, { phase: "Failed" }))!, "n1"), gone as typeof event);
  assertEquals(podEvent(readPod(pod({ hostNetwork: true }))!, "n1"), gone as typeof event);
  const early = podEvent(readPod(pod({}, none))!, "n1", ["10.1.0.9"]);
  assertEquals(early.tag === "pod" && early.val.addresses, ["10.1.0.9"]);
});

Deno.test("namespaces, nodes and policies of both kinds", () => {
  const own = { name: "shop", labels: { a: "b" } };
  assertEquals(eventOf("Namespace", { metadata: own }), {
    tag: "namespace",
    val: { name: "shop", labels: [["a", "b"]] },
  });
  const addresses = [{ type: "InternalIP", address: "192.0.2.1" }, { type: "Hostname", address: "n1" }];
  assertEquals(eventOf("Node", { metadata: own, status: { addresses } }), {
    tag: "node",
    val: { name: "shop", labels: [["a", "b"]], addresses: ["192.0.2.1"] },
  });
  const policy = { kind: "network-policy" as const, namespace: "shop", name: "web" };
  assertEquals(eventOf("NetworkPolicy", { metadata, spec: { podSelector: {} } }), {
    tag: "policy",
    val: { name: policy, spec: '{"podSelector":{}}' },
  });
  assertEquals(goneEvent("NetworkPolicy", { metadata }), { tag: "policy-gone", val: policy });
  assertEquals(goneEvent("ClusterNetworkPolicy", { metadata }), {
    tag: "policy-gone",
    val: { kind: "cluster-network-policy", namespace: "", name: "web" },
  });
});

Deno.test("what is no object is nothing", () => {
  for (const json of [undefined, null, 1, "x", [], {}, { metadata: { name: 1 } }]) {
    assertEquals([readPod(json), eventOf("Node", json), goneEvent("Pod", json)], [undefined, undefined, undefined]);
  }
});

Deno.test("the world tells what is new, and has everything for who knows nothing", () => {
  const world = new World();
  const event = podEvent(readPod(pod())!, "n1");
  assertEquals([world.take(event), world.take(event), world.count("pod")], [true, false, 1]);
  assertEquals([world.podOf("fd00::5"), world.podOf("10.1.0.6")], ["shop/web", undefined]);
  const policy = eventOf("NetworkPolicy", { metadata, spec: {} })!;
  world.take(policy);
  assertEquals(world.all(), [event, policy]);
  const gone = goneEvent("Pod", { metadata })!;
  assertEquals([world.take(gone), world.take(gone), world.all()], [true, false, [policy]]);
});
