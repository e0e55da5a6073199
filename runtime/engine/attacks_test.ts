// Attacks that are written by hand, on both engines: each ends within the limits, and the process goes on.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { EngineError, type EngineErrorKind } from "./engine.ts";
import { ATTACK, attacker, type AttackName, HOST } from "./testdata/attacks.ts";
import { endOf } from "./testdata/endless_process.ts";
import { LIB_DIR, LIMITS, SHORT_MS, type Subject, testEngines } from "./testdata/suite.ts";

const MEBIBYTE = 1024 * 1024;

function errorOf(run: () => unknown): EngineError {
  try {
    run();
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** Registers a test of one attack. */
function attack(
  name: AttackName,
  fn: (it: Awaited<ReturnType<typeof attacker>>, subject: Subject) => void,
): void {
  testEngines(name, async (subject) => {
    // Loading may fail as well, and is part of the attack.
    using it = await attacker(subject.engine, subject.folder, name);
    fn(it, subject);
  });
}

/** An attack that ends as `kind`; `kind` and `part` can differ by engine. */
function ends(
  name: AttackName,
  kinds: { wasmtime: EngineErrorKind; v8: EngineErrorKind },
  part: string,
): void {
  testEngines(name, async ({ engine, folder }) => {
    let error: EngineError;
    try {
      using it = await attacker(engine, folder, name);
      error = errorOf(() => it.run(() => {}, { hostCalls: 50, valueBytes: MEBIBYTE, fuel: 1e8 }));
    } catch (thrown) {
      if (!(thrown instanceof EngineError)) throw thrown;
      error = thrown;
    }
    assertEquals(error.kind, kinds[engine.name], error.message);
    assertStringIncludes(error.message, part);
    assert(!error.message.includes("\n"), error.message);
  });
}

const both = (kind: EngineErrorKind) => ({ wasmtime: kind, v8: kind });

ends("a start function that calls the host for ever", both("host-call-limit"), "its limit of 50 (limits.hostCalls");
ends("65 tables", both("bad-component"), "tables");
ends("9 memories", both("bad-component"), "memories");
ends("65 core instances", both("bad-component"), "core instances");

testEngines("a start function that never ends", async ({ engine, folder }) => {
  using it = await attacker(engine, folder, "a start function that never ends");
  if (engine.name === "wasmtime") {
    assertEquals(errorOf(() => it.run(() => {}, { fuel: 1e8 })).kind, "fuel-limit");
    return;
  }
  const limits = { ...LIMITS, timeMs: SHORT_MS };
  const { kind, took } = await endOf({
    file: it.file,
    libDir: LIB_DIR,
    imports: { [HOST]: ["tell"] },
    call: [ATTACK, "run"],
    limits,
  });
  assertEquals(kind, "time-limit");
  assert(took < 5000, `${took} ms`);
});

attack("a table that grows", (it) => {
  assertEquals(it.run(), 100_000);
});

ends("a table that is large from the beginning", both("bad-component"), "table");
ends("structures on the collected heap", { wasmtime: "memory-limit", v8: "bad-component" }, "");

attack("whatever the host throws is caught, and the host called again", (it) => {
  let calls = 0;
  const failing = () => {
    calls++;
    throw new RangeError("the table is gone");
  };
  assertEquals(errorOf(() => it.run(failing)).kind, "host-failure");
  assertEquals(calls, 1);
  const counting = () => void calls++;
  assertEquals(errorOf(() => it.run(counting, { hostCalls: 9 })).kind, "host-call-limit");
  assertEquals(calls, 10);
});

for (
  const name of [
    "one text, 16,384 times",
    "one list of bytes, 16,384 times",
    "one list of numbers, 16,384 times",
  ] as const
) {
  attack(name, (it) => {
    const before = Deno.memoryUsage().rss;
    const error = errorOf(() => it.run(() => {}, { valueBytes: MEBIBYTE }));
    assertEquals(error.kind, "value-limit", error.message);
    // The whole of it would be 1 GiB or more. libwasmtime stops at 128 MiB of its own.
    const grown = Deno.memoryUsage().rss - before;
    assert(grown < 500 * MEBIBYTE, `${grown} bytes more`);
  });
}

attack("recursion, and a call of the host at the end", (it) => {
  // Four deep, as the runner allows it; each as deep in itself as its stack allows.
  const nested = (levels: number, depth: number): unknown =>
    it.run(() => void (levels > 1 && nested(levels - 1, depth)), {}, [depth]);
  let [deepest, tooDeep] = [100, 100_000];
  while (tooDeep - deepest > 100) {
    const depth = Math.floor((deepest + tooDeep) / 2);
    try {
      assertEquals(nested(4, depth), depth);
      deepest = depth;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      assertEquals(error.kind, "stack-limit", error.message);
      tooDeep = depth;
    }
  }
  assert(deepest > 1000, `only ${deepest} deep`);
});
