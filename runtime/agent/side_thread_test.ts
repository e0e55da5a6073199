// A thread beside the calls, with a module of the test's own in its place.

import { assertEquals } from "@std/assert";
import { SideThread } from "./side_thread.ts";

/** Runs `then` with each message, which is `data`. */
function thread(then: string) {
  const source = `let count = 0; addEventListener("message", ({ data }) => { ${then} });`;
  const died: string[] = [];
  const lines: string[] = [];
  const module = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
  const subject = new SideThread<{ status: { node: string } }>(module, "side", {}, 2000, {
    line: ({ message }) => void lines.push(message),
    died: (message) => void died.push(message),
  });
  return { subject, died, lines };
}

const ANSWER = `postMessage({ kind: "answer", id: data.id, answer: { node: String(data.id) } })`;
const END = `if (data.kind === "end") postMessage({ kind: "ended" });`;

Deno.test("an answer that comes too late is not taken for the next one", async () => {
  const { subject } = thread(
    `${END} if (data.kind === "ask") { if (++count === 1) setTimeout(() => ${ANSWER}, 2500); else ${ANSWER}; }`,
  );
  assertEquals(await subject.ask("status"), undefined);
  const [second, third] = await Promise.all([subject.ask("status"), subject.ask("status")]);
  assertEquals([second?.node, third?.node], ["2", "3"]);
  await new Promise((resolve) => setTimeout(resolve, 700));
  assertEquals((await subject.ask("status"))?.node, "4");
  assertEquals(await subject.end(2000), true);
});

Deno.test("a thread that dies answers nothing, is told of, and is replaced", async () => {
  const { subject, died } = thread(
    `${END} if (data.start) setTimeout(() => { throw new Error("oh"); }, 50);`,
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  assertEquals([died.length, died[0]?.includes("oh")], [1, true]);
  assertEquals(await subject.ask("status"), undefined);
  while (died.length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
  assertEquals(await subject.end(2000), true);
});

Deno.test("lines are passed on, and a thread that does not end is left after its time", async () => {
  const { subject, lines } = thread(`if (data.start) postMessage({ kind: "line", message: "joined" });`);
  while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  assertEquals(lines, ["joined"]);
  assertEquals(await subject.end(100), false);
});
