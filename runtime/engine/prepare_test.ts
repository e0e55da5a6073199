// Instances that are made before the call that they serve.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { EngineError, type LoadedComponent } from "./engine.ts";
import { ECHO, ENDS, importsWith, LIMITS, SHORT_MS, testEngines } from "./testdata/suite.ts";

/** What a call gets: what its instance counts from one on, and what its own host answers. */
function use(component: LoadedComponent, answer: string, limits = LIMITS): unknown[] {
  const instance = component.instantiate(importsWith({ strings: () => answer }), limits);
  try {
    return [instance.call(ENDS, "count", []), instance.call(ECHO, "strings", ["?"])];
  } finally {
    instance.close();
  }
}

testEngines("a prepared instance is as fresh as any other, and calls the host of the call that it serves", (it) => {
  const component = it.engine.load(it.file);
  for (let call = 0; call < 3; call++) {
    assertEquals(use(component, `host ${call}`), [1, `host ${call}`]);
    component.prepare?.();
    // Nothing is left to do: preparing twice is preparing once.
    component.prepare?.();
  }
  component.close();
});

testEngines("an instance that was prepared for other limits, or other imports, is not used", (it) => {
  const component = it.engine.load(it.file);
  use(component, "first");
  component.prepare?.();
  const tight = { ...LIMITS, hostCalls: 1 };
  const instance = component.instantiate(importsWith({}), tight);
  assertEquals(instance.call(ECHO, "strings", ["?"]), "?");
  assertThrows(() => instance.call(ECHO, "strings", ["?"]), EngineError, "1");
  instance.close();
  component.prepare?.();
  const { [ECHO]: _, ...others } = importsWith({});
  assertThrows(() => component.instantiate(others, tight), EngineError);
  component.close();
});

testEngines("the time of a prepared instance begins with its call", async (it) => {
  const component = it.engine.load(it.file);
  const limits = { ...LIMITS, timeMs: SHORT_MS };
  use(component, "first", limits);
  component.prepare?.();
  await new Promise((resolve) => setTimeout(resolve, SHORT_MS + 100));
  assertEquals(use(component, "second", limits), [1, "second"]);
  component.close();
});

testEngines("two calls at once get two instances, whatever is prepared", (it) => {
  const component = it.engine.load(it.file);
  use(component, "first");
  component.prepare?.();
  const [one, other] = [1, 2].map(() => component.instantiate(importsWith({}), LIMITS));
  assertEquals([one!, one!, other!].map((instance) => instance.call(ENDS, "count", [])), [1, 2, 1]);
  one!.close();
  other!.close();
  // The fuel that an instance took is known after its end.
  assert(it.engine.name === "v8" || one!.fuelUsed()! > other!.fuelUsed()!);
  component.prepare?.();
  component.close();
});
