// The overlay's thread seen from the agent, with a module of the test's own in its place.

import { assertEquals } from "@std/assert";
import type { ClusterStart } from "./messages.ts";
import { ClusterThread } from "./cluster_thread.ts";

const START: ClusterStart = {
  role: "cluster",
  mainModule: "",
  options: {
    node: "own",
    store: { type: "static" },
    subnetFile: "/nowhere",
    ipMasq: false,
    checksumOffload: "auto",
    compareSeconds: 60,
  },
};

/** Runs `then` with each message, which is `data`. */
function thread(then: string) {
  const source = `let count = 0; addEventListener("message", ({ data }) => { ${then} });`;
  const died: string[] = [];
  const lines: string[] = [];
  const subject = new ClusterThread(new URL(`data:text/javascript,${encodeURIComponent(source)}`), START, {
    line: ({ message }) => void lines.push(message),
    died: (message) => void died.push(message),
  });
  return { subject, died, lines };
}

const ANSWER = `postMessage({ kind: "status", id: data.id, status: { node: String(data.id) } })`;
const END = `if (data.kind === "end") postMessage({ kind: "ended" });`;

Deno.test("an answer that comes too late is not taken for the next one", async () => {
  const { subject } = thread(
    `${END} if (data.kind === "status") { if (++count === 1) setTimeout(() => ${ANSWER}, 2500); else ${ANSWER}; }`,
  );
  assertEquals(await subject.status(), undefined);
  const [second, third] = await Promise.all([subject.status(), subject.status()]);
  assertEquals([second?.node, third?.node], ["2", "3"]);
  await new Promise((resolve) => setTimeout(resolve, 700));
  assertEquals((await subject.status())?.node, "4");
  assertEquals(await subject.end(2000), true);
});

Deno.test("a thread that dies answers nothing, is told of, and is replaced", async () => {
  const { subject, died } = thread(
    `${END} if (data.start) setTimeout(() => { throw new Error("oh"); }, 50);`,
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  assertEquals([died.length, died[0]?.includes("oh")], [1, true]);
  assertEquals(await subject.status(), undefined);
  while (died.length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
  assertEquals(await subject.end(2000), true);
});

Deno.test("lines are passed on, and a thread that does not end is left after its time", async () => {
  const { subject, lines } = thread(`if (data.start) postMessage({ kind: "line", message: "joined" });`);
  while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  assertEquals(lines, ["joined"]);
  assertEquals(await subject.end(100), false);
});
