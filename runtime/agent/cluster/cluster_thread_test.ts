// The overlay's thread, its module a test's.

import { assertEquals } from "@std/assert";
import { ClusterThread } from "./cluster_thread.ts";

const OPTIONS = { node: "a", store: { type: "etcd" as const }, subnetFile: "/s", ipMasq: false, compareSeconds: 60 };

function thread(source: string): ClusterThread {
  const start = { role: "cluster" as const, options: OPTIONS, mainModule: "" };
  const nobody = { line: () => {}, died: () => {} };
  return new ClusterThread(new URL(`data:text/javascript,${encodeURIComponent(source)}`), start, nobody);
}

Deno.test("a question that a starting thread has not heard takes no answer from later ones", async () => {
  const subject = thread(`
    let asked = 0;
    addEventListener("message", ({ data }) => {
      if (data.kind === "status" && ++asked > 1) postMessage({ kind: "status", status: { node: "answer " + asked } });
      if (data.kind === "end") postMessage({ kind: "ended" });
    });`);
  assertEquals(await subject.status(), undefined);
  assertEquals((await subject.status())?.node, "answer 2");
  assertEquals((await subject.status())?.node, "answer 3");
  assertEquals(await subject.end(5000), true);
});
