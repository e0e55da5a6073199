import { assert, assertEquals } from "@std/assert";
import { type Ending, MAX_THREADS, SharedState } from "./shared_state.ts";

Deno.test("every state of the end is seen through the same memory", () => {
  const agent = new SharedState();
  const thread = new SharedState(agent.buffer);
  assertEquals(thread.ending, "no");
  for (const ending of ["finish", "now", "no"] satisfies Ending[]) {
    agent.ending = ending;
    assertEquals(thread.ending, ending);
  }
});

Deno.test("a thread is busy for itself, however many there are", () => {
  const agent = new SharedState();
  const busy = () => Array.from({ length: MAX_THREADS }, (_, index) => agent.busySeconds(index));
  assertEquals(busy().filter((it) => it !== undefined), []);
  for (const index of [0, MAX_THREADS - 1]) new SharedState(agent.buffer).setBusy(index, true);
  agent.ending = "now";
  assertEquals(busy().map((it) => it !== undefined), busy().map((_, index) => [0, MAX_THREADS - 1].includes(index)));
  agent.setBusy(0, false);
  assertEquals(busy().filter((it) => it !== undefined).length, 1);
});

Deno.test("how long a thread has been busy is told in whole seconds of a clock that is not set", async () => {
  const state = new SharedState();
  state.setBusy(3, true);
  const began = performance.now();
  assertEquals(state.busySeconds(3)! <= 1, true);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const seconds = state.busySeconds(3)!;
  const passed = (performance.now() - began) / 1000;
  assert(seconds >= 1 && seconds <= passed + 1, `${seconds} of ${passed}`);
});
