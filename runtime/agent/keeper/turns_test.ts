import { assert, assertEquals } from "@std/assert";
import { takeTurns } from "./turns.ts";

const rest = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Runs duties of these intervals for a time. @returns how often each ran, and how many ran at once at most */
async function ran(ms: number, everyMs: readonly number[], takesMs = 0): Promise<{ times: number[]; atOnce: number }> {
  const times = everyMs.map(() => 0);
  let [running, atOnce] = [0, 0];
  const end = performance.now() + ms;
  await takeTurns(
    everyMs.map((everyMs, index) => ({
      everyMs,
      run: async () => {
        times[index]!++;
        atOnce = Math.max(atOnce, ++running);
        await rest(takesMs);
        running--;
      },
    })),
    () => performance.now() > end,
  );
  return { times, atOnce };
}

Deno.test("each duty comes at its own interval, the first time after it; one of 0 never comes", async () => {
  const { times: [often, seldom, never, late] } = await ran(300, [20, 100, 0, 10_000]);
  assert(often! > seldom! && seldom! >= 1 && seldom! <= 3, `${often} and ${seldom} times`);
  assertEquals([never, late], [0, 0]);
});

Deno.test("one duty runs at a time, and one that takes long does not crowd out the other", async () => {
  const { times, atOnce } = await ran(400, [1, 30], 20);
  assertEquals(atOnce, 1);
  assert(times.every((it) => it >= 2), `${times} times`);
});

Deno.test("a duty that is wanted comes before its time, once for each time that it is", async () => {
  let [wanted, times] = [false, 0];
  const end = performance.now() + 900;
  const run = () => {
    wanted = false;
    times++;
    return Promise.resolve();
  };
  setTimeout(() => wanted = true, 100);
  await takeTurns([{ everyMs: Infinity, isWanted: () => wanted, run }], () => performance.now() > end);
  assertEquals(times, 1);
});

Deno.test("it is over at once where nothing is to be done, and soon where the end comes before a turn", async () => {
  const start = performance.now();
  await takeTurns([{ everyMs: 0, run: () => Promise.reject(new Error("never")) }], () => false);
  assert(performance.now() - start < 100);
  await ran(50, [60_000]);
  assert(performance.now() - start < 2_000);
});
