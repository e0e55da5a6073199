// An instance that serves any number of calls, as its limits are renewed before each.

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { EngineError, type EngineErrorKind, type Instance } from "./engine.ts";
import { ENDS, LIMITS, SHORT_MS, testEngines } from "./testdata/suite.ts";

const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** @returns the error by which a call ends, which has to be of that kind */
function endOf(instance: Instance, functionName: string, kind: EngineErrorKind, args: unknown[] = []): EngineError {
  try {
    instance.call(ENDS, functionName, args);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    assertEquals(error.kind, kind, error.message);
    return error;
  }
  throw new Error(`nothing was thrown, expected ${kind}`);
}

testEngines(
  "an instance that is renewed before each call has its time for each, and keeps what it knows",
  async (it) => {
    const [renewed, other] = [it.start({}, { timeMs: SHORT_MS }), it.start({}, { timeMs: SHORT_MS })];
    for (let call = 1; call <= 3; call++) {
      renewed.renew();
      assertEquals(renewed.call(ENDS, "count", []), call);
      await rest(SHORT_MS / 2 + 50);
    }
    endOf(other, "count", "time-limit");
  },
);

testEngines("host calls are counted anew, by other limits where these are given", ({ start }) => {
  const [renewed, other] = [start({}, { hostCalls: 1 }), start({}, { hostCalls: 1 })];
  for (let call = 0; call < 3; call++) {
    renewed.renew();
    renewed.call(ENDS, "tell", ["!"]);
    if (call === 0) other.call(ENDS, "tell", ["!"]);
  }
  endOf(other, "tell", "host-call-limit", ["!"]);
  renewed.renew({ ...LIMITS, hostCalls: 3 });
  for (let call = 0; call < 3; call++) renewed.call(ENDS, "tell", ["!"]);
  const { message } = endOf(renewed, "tell", "host-call-limit", ["!"]);
  assert(message.includes("its limit of 3 (limits.hostCalls"), message);
});

testEngines("fuel is given anew, and told since then", ({ engine, start }) => {
  if (engine.name === "v8") return assertEquals(start().fuelUsed(), undefined);
  const probe = start();
  const toStart = probe.fuelUsed()!;
  probe.call(ENDS, "allocate", [1000]);
  const fuel = Math.max(toStart, (probe.fuelUsed()! - toStart) * 3);
  const [renewed, other] = [start({}, { fuel }), start({}, { fuel })];
  for (let call = 0; call < 100; call++) {
    renewed.renew();
    assertEquals(renewed.fuelUsed(), 0);
    renewed.call(ENDS, "allocate", [1000]);
  }
  assert(renewed.fuelUsed()! > 0);
  let calls = 0;
  try {
    for (; calls < 100; calls++) other.call(ENDS, "allocate", [1000]);
  } catch (error) {
    assertEquals((error as EngineError).kind, "fuel-limit");
  }
  assert(calls < 100);
  renewed.renew({ ...LIMITS, fuel: 50_000_000 });
  const { message } = endOf(renewed, "spin", "fuel-limit");
  assert(message.includes("its limit of 50000000 units"), message);
});

testEngines("a call that goes beyond what was renewed is ended, and renewing does not bring it back", ({ start }) => {
  const instance = start({}, { timeMs: SHORT_MS, fuel: 1e12 });
  instance.call(ENDS, "count", []);
  instance.renew();
  const end = endOf(instance, "askForever", "time-limit");
  instance.renew();
  assertStrictEquals(endOf(instance, "count", "time-limit"), end);
});

testEngines("whatever has ended an instance is what each further call says", async ({ start }) => {
  const crashed = start();
  const crash = endOf(crashed, "crash", "trap");
  crashed.renew();
  assertStrictEquals(endOf(crashed, "count", "trap"), crash);
  const large = start({}, { valueBytes: 100_000 });
  const tooLarge = endOf(large, "answerLong", "value-limit", [120_000]);
  large.renew(LIMITS);
  assertStrictEquals(endOf(large, "count", "value-limit"), tooLarge);
  const late = start({}, { timeMs: SHORT_MS });
  await rest(SHORT_MS + 50);
  const tooLate = endOf(late, "count", "time-limit");
  late.renew();
  assertStrictEquals(endOf(late, "count", "time-limit"), tooLate);
  const closed = start();
  closed.close();
  closed.renew();
  assert(endOf(closed, "count", "trap").message.includes("closed"));
});

testEngines("memory stays what it is", ({ start }) => {
  const instance = start({}, { memoryBytes: 16 * 1024 * 1024 });
  instance.renew(LIMITS);
  assertEquals(instance.call(ENDS, "allocate", [1_000_000]), 1_000_000);
  instance.renew(LIMITS);
  endOf(instance, "allocate", "memory-limit", [40_000_000]);
});

testEngines("a call cannot be renewed while it goes on", ({ start }) => {
  const instance: Instance = start({ ask: () => instance.renew() });
  const { message } = endOf(instance, "ask", "host-failure", ["?"]);
  assert(message.includes("Cannot renew the limits of probe"), message);
});
