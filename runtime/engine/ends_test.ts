// How a component can come to an end that is not its own, on either engine.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { ComponentError, EngineError, type EngineErrorKind, type Instance } from "./engine.ts";
import { endOf } from "./testdata/endless_process.ts";
import { ECHO, ENDS, HOST, importsWith, LIB_DIR, LIMITS, SHORT_MS, testEngines } from "./testdata/suite.ts";

/** Expects an EngineError of that kind, which names the plugin and says `part`. */
function endsWith(kind: EngineErrorKind, part: string, run: () => unknown): EngineError {
  try {
    run();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    assertEquals(error.kind, kind, error.message);
    assertEquals(error.plugin, "probe");
    assertStringIncludes(error.message, "probe");
    assertStringIncludes(error.message, part);
    return error;
  }
  throw new Error(`nothing was thrown, expected ${kind}`);
}

testEngines("an endless loop ends in bounded time", async ({ engine, file, start }) => {
  if (engine.name === "wasmtime") {
    const instance = start({}, { fuel: 50_000_000 });
    const part = "its limit of 50000000 units (limits.fuel in its plugin.json;";
    endsWith("fuel-limit", part, () => instance.call(ENDS, "spin", []));
    assertEquals(instance.fuelUsed()! > 49_000_000, true);
    return;
  }
  const imports = Object.fromEntries(Object.entries(importsWith({})).map(([name, it]) => [name, Object.keys(it)]));
  const limits = { ...LIMITS, timeMs: SHORT_MS };
  const { kind, message, took } = await endOf({ file, libDir: LIB_DIR, imports, call: [ENDS, "spin"], limits });
  assertEquals([kind, message.includes(`its limit of ${SHORT_MS} ms (limits.timeMs`)], ["time-limit", true], message);
  assertEquals(took < 5000, true, `${took} ms`);
});

testEngines("an endless loop of host calls ends at the time limit", ({ start }) => {
  let calls = 0;
  const instance = start({ ask: () => (calls++, "go on") }, { timeMs: SHORT_MS, fuel: 1e12 });
  endsWith("time-limit", `${SHORT_MS} ms`, () => instance.call(ENDS, "askForever", []));
  assertEquals(calls > 0, true);
});

testEngines("host calls end at their limit, whatever the component does about it", ({ start }) => {
  let calls = 0;
  const instance = start({ ask: () => (calls++, "go on") }, { hostCalls: 25 });
  endsWith("host-call-limit", "its limit of 25 (limits.hostCalls", () => instance.call(ENDS, "askStubbornly", []));
  assertEquals(calls, 25);
  endsWith("host-call-limit", "Cannot finish", () => instance.call(ENDS, "count", []));
});

testEngines(
  "an argument, a result or an error beyond the limit ends the component before the host has it",
  ({ start }) => {
    const limits = { valueBytes: 200_000 };
    const part = "its limit of 200000 bytes (limits.valueBytes";
    let told = 0;
    const tell = () => void told++;
    endsWith("value-limit", part, () => start({ tell }, limits).call(ENDS, "tellLong", [205_000]));
    assertEquals(told, 0);
    endsWith("value-limit", part, () => start({}, limits).call(ENDS, "answerLong", [205_000]));
    endsWith("value-limit", part, () => start({}, limits).call(ENDS, "failLong", [205_000]));
    const many = Array.from({ length: 30_000 }, () => "");
    const lists = { lists: () => [many] };
    endsWith("value-limit", part, () => start(lists, limits).call(ECHO, "lists", [[]]));
  },
);

testEngines("values up to the limit cross, call after call", ({ start }) => {
  let told = 0;
  const instance = start({ tell: (text: string) => void (told += text.length) }, { valueBytes: 200_000 });
  for (let i = 0; i < 5; i++) {
    instance.call(ENDS, "tellLong", [199_000]);
    assertEquals((instance.call(ENDS, "answerLong", [199_000]) as string).length, 199_000);
    assertEquals(payloadOf(() => instance.call(ENDS, "failLong", [199_000])), {
      errorCode: "ready",
      message: "x".repeat(199_000),
    });
  }
  assertEquals(told, 5 * 199_000);
});

testEngines("what the host answers is not limited", ({ start }) => {
  const instance = start({ ask: () => "x".repeat(2_000_000) }, { valueBytes: 1000 });
  assertEquals(instance.call(ENDS, "hear", []), 2_000_000);
});

testEngines("the time that a host function takes counts", ({ start }) => {
  const wait = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SHORT_MS + 50);
  const instance = start({ ask: wait }, { timeMs: SHORT_MS });
  endsWith("time-limit", `${SHORT_MS} ms`, () => instance.call(ENDS, "askForever", []));
});

testEngines("memory beyond the limit ends as memory-limit, at once or piece by piece", ({ start }) => {
  const limits = { memoryBytes: 16 * 1024 * 1024 };
  endsWith("memory-limit", "16777216 bytes", () => start({}, limits).call(ENDS, "allocate", [100_000_000]));
  endsWith("memory-limit", "16777216 bytes", () => start({}, limits).call(ENDS, "hoard", []));
  assertEquals(start({}, limits).call(ENDS, "allocate", [1_000_000]), 1_000_000);
});

testEngines("a component that needs more memory than its limit to begin with is not started", ({ start }) => {
  endsWith("memory-limit", "limit of 65536", () => start({}, { memoryBytes: 65_536 }));
});

testEngines("recursion without end ends at the stack's limit", ({ start }) => {
  endsWith("stack-limit", "its stack of", () => start().call(ENDS, "recurse", []));
});

testEngines("a crash is a trap, and the instance cannot be used again", ({ start }) => {
  const instance = start();
  endsWith("trap", "unreachable", () => instance.call(ENDS, "crash", []));
  endsWith("trap", "Cannot finish plugin probe", () => instance.call(ENDS, "count", []));
});

testEngines("a closed instance cannot be used", ({ start }) => {
  const instance = start();
  instance.close();
  endsWith("trap", "closed", () => instance.call(ENDS, "count", []));
});

testEngines("two instances share nothing", ({ start }) => {
  const [one, other] = [start(), start()];
  assertEquals([one, one, other].map((instance) => instance.call(ENDS, "count", [])), [1, 2, 1]);
});

testEngines("a host error with a payload is the err case, and the component goes on", ({ start }) => {
  const payload = { errorCode: "not-ready", message: "later", errno: 11 };
  const instance = start({
    ask: () => {
      throw Object.assign(new Error("x"), { payload });
    },
  });
  const run = () => instance.call(ENDS, "ask", ["?"]);
  assertEquals(payloadOf(run), payload);
  assertEquals(payloadOf(run), payload);
});

testEngines("anything else that a host function throws is a host-failure with its cause", ({ start }) => {
  const thrown = new RangeError("the table is gone");
  const fail = () => {
    throw thrown;
  };
  const asked = endsWith("host-failure", "the table is gone", () => start({ ask: fail }).call(ENDS, "ask", ["?"]));
  assertEquals(asked.cause, thrown);
  const told = endsWith("host-failure", "the table is gone", () => start({ tell: fail }).call(ENDS, "tell", ["!"]));
  assertEquals(told.cause, thrown);
});

testEngines("a host function's value that does not fit its WIT type ends the component", ({ start }) => {
  endsWith("host-failure", "string", () => start({ strings: () => 5 }).call(ECHO, "strings", [""]));
});

testEngines("a host function may run another instance, three deep", ({ start }) => {
  const deeper = (depth: number): Instance =>
    start({
      ask: (question: string) =>
        depth === 0 ? `${question}!` : `${deeper(depth - 1).call(ENDS, "ask", [question])}${depth}`,
    });
  assertEquals(deeper(3).call(ENDS, "ask", ["who"]), "who!123");
});

testEngines("the end of a nested instance reaches the outer host as it is", ({ start }) => {
  const outer = start({ ask: () => start().call(ENDS, "crash", []) });
  endsWith("trap", "unreachable", () => outer.call(ENDS, "ask", ["?"]));
});

testEngines("a missing import is named", ({ engine, file }) => {
  const component = engine.load(file) as Awaited<ReturnType<typeof engine.load>>;
  const { [ECHO]: echo, [HOST]: host } = importsWith({});
  endsWith("bad-component", "test:engine/host", () => component.instantiate({ [ECHO]: echo! }, LIMITS));
  const { tell: _, ...ask } = host!;
  endsWith("bad-component", "tell", () => component.instantiate({ [ECHO]: echo!, [HOST]: ask }, LIMITS));
  component.close();
});

testEngines("a function that is not exported is named", ({ start }) => {
  endsWith("bad-component", "fly of test:engine/ends", () => start().call(ENDS, "fly", []));
  endsWith("bad-component", "wings", () => start().call("test:engine/wings@1.0.0", "fly", []));
});

function payloadOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    if (error instanceof ComponentError) return error.payload;
    throw error;
  }
  throw new Error("nothing was thrown");
}
