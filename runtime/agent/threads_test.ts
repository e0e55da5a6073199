// Threads whose module is a test's: what becomes of the agent where they start late, die, or do not end.

import { assertEquals, assertRejects } from "@std/assert";
import type { Served } from "./served.ts";
import { SharedState } from "./shared_state.ts";
import { Threads } from "./threads.ts";

/** Sends `ready`, and does what `then` says with `start`. A keeper does nothing. */
function module(then: string): URL {
  const source = `
    addEventListener("message", ({ data: { start } }) => {
      if (start.role === "keep") return;
      const state = new Int32Array(start.shared);
      ${then}
    });`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

const READY = `postMessage({ kind: "ready" });`;

class Told {
  readonly connections: Served[] = [];
  readonly deaths: string[] = [];
  connection = (served: Served) => void this.connections.push(served);
  kept = () => {};
  died = (message: string) => void this.deaths.push(message);
}

function threads(then: string, first: number) {
  const shared = new SharedState();
  const told = new Told();
  const base = { listener: -1, waker: -1, release: "", mainModule: "", collectMs: 0, repairMs: 0 };
  return { shared, told, threads: new Threads(module(then), base, shared, first, told) };
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300 && !condition(); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  assertEquals(condition(), true);
}

Deno.test("threads are there when all of them are ready, and one more comes while all are busy", async () => {
  const { shared, threads: subject } = threads(READY, 2);
  await subject.start();
  assertEquals(subject.counts(), { total: 2, busy: 0, stuck: 0 });
  shared.setBusy(0, true);
  await new Promise((resolve) => setTimeout(resolve, 250));
  assertEquals(subject.counts(), { total: 2, busy: 1, stuck: 0 });
  shared.setBusy(1, true);
  await until(() => subject.counts().total === 3);
  assertEquals(subject.counts().busy, 2);
  assertEquals(await subject.ended(10), false, "threads that never say that they end");
});

Deno.test("an agent whose thread cannot start says why", async () => {
  const { threads: subject } = threads(`throw new Error("no libwasmtime");`, 1);
  await assertRejects(() => subject.start(), Error, "Cannot start the agent as a thread ended: ");
  assertEquals(await subject.ended(1000), true);
});

Deno.test("a thread that dies is told, is not counted as busy, and is replaced", async () => {
  const then =
    `${READY} Atomics.store(state, 2 + 2 * start.index, 1); setTimeout(() => { throw new Error("oh") }, 50);`;
  const { shared, told, threads: subject } = threads(then, 1);
  await subject.start();
  await until(() => told.deaths.length > 0);
  assertEquals([told.deaths[0]!.includes("oh"), shared.busySeconds(0)], [true, undefined]);
  await until(() => subject.counts().total > 0);
  // Where it ends no more are started.
  shared.ending = "finish";
  await until(() => told.deaths.length > 1);
  await subject.ended(10);
  await new Promise((resolve) => setTimeout(resolve, 1200));
  assertEquals(subject.counts().total, 0);
});

Deno.test("what a thread has served is told, and it counts as ended when it says so", async () => {
  const then = `${READY}
    postMessage({ kind: "connection", served: { kind: "withdrawn" } });
    postMessage({ kind: "ended" });`;
  const { told, threads: subject } = threads(then, 1);
  await subject.start();
  await until(() => subject.counts().total === 0);
  assertEquals(told.connections, [{ kind: "withdrawn" }]);
  // The keeper does not.
  assertEquals(await subject.ended(10), false);
});
