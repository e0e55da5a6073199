import { assertEquals, assertStringIncludes } from "@std/assert";
import { FakeKubernetes } from "../../../test/lab/kubernetes_api.ts";
import { BackOff } from "../../cluster/store/back_off.ts";
import { COLLECTIONS } from "../objects.ts";
import { KubernetesSource } from "./kubernetes_source.ts";
import type { Observed } from "./source.ts";

Deno.test("all kinds are listed and followed, and one that the API does not know is empty until it comes", async () => {
  await using api = new FakeKubernetes();
  const { Pod, Namespace, NetworkPolicy, ClusterNetworkPolicy } = COLLECTIONS;
  api.serve(Pod.path, Namespace.path, NetworkPolicy.path);
  api.set("n1", {});
  const access = { server: api.server, token: () => undefined, client: () => Deno.createHttpClient({}) };
  const source = new KubernetesSource(access, { backOff: () => new BackOff(20, 40), againMs: 30 });
  const seen: Observed[] = [];
  const ends = new AbortController();
  const running = source.run((event) => void seen.push(event), ends.signal);
  const until = async (done: (event: Observed) => boolean) => {
    for (const end = performance.now() + 5_000; !seen.some(done);) {
      if (performance.now() > end) throw new Error(`it did not come true: ${JSON.stringify(seen)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  try {
    for (const kind of Object.keys(COLLECTIONS)) {
      await until((it) => it.tell === "all" && it.kind === kind && it.objects.length === (kind === "Node" ? 1 : 0));
    }
    api.put(Pod.path, { metadata: { name: "p", namespace: "a" } });
    await until((it) => it.tell === "set" && it.kind === "Pod");
    api.put(ClusterNetworkPolicy.path, { metadata: { name: "c" } });
    await until((it) => it.tell === "all" && it.kind === "ClusterNetworkPolicy" && it.objects.length === 1);
    api.remove(Pod.path, "p", "a");
    await until((it) => it.tell === "gone" && it.kind === "Pod");
    api.failure = { status: 403, message: "no" };
    api.disconnect();
    await until((it) => it.tell === "trouble" && it.about === "NetworkPolicy");
    const trouble = seen.find((it) => it.tell === "trouble");
    assertStringIncludes(trouble?.tell === "trouble" ? trouble.why : "", "networkpolicies.networking.k8s.io");
    api.failure = undefined;
    await until((it) => it.tell === "well" && it.about === "NetworkPolicy");
    assertEquals(source.where, api.server);
  } finally {
    ends.abort();
    await running;
  }
});
