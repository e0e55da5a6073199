// Memory that crosses the C API is freed: ten thousand calls, and a hundred instances, leave the process as large as it was.

import { assertEquals } from "@std/assert";
import { ComponentError, type Instance } from "./engine.ts";
import { ECHO, ENDS, testEngines } from "./testdata/suite.ts";

const MEBIBYTE = 1024 * 1024;
const LINK = {
  linkName: "eth0".repeat(50),
  mtu: 1500,
  addresses: [{ ipAddress: "10.0.0.1", prefixLength: 8 }],
  parent: { tag: "some", val: "br0".repeat(50) },
};

/** About 2 kB of strings, lists, options and variants, in and out, and an error. */
function callAll(instance: Instance): void {
  instance.call(ECHO, "records", [LINK]);
  instance.call(ECHO, "variants", [[{ tag: "linked", val: LINK }, { tag: "none" }]]);
  instance.call(ECHO, "blobs", [new Uint8Array(16)]);
  instance.call(ECHO, "flagSets", [{ up: true, lowerUp: true, noArp: true }]);
  try {
    instance.call(ECHO, "results", [{ tag: "err", val: { errorCode: "ready", message: "x".repeat(200) } }]);
  } catch (error) {
    if (!(error instanceof ComponentError)) throw error;
  }
}

/**
 * Bytes by which the process grew, the least of four times: a leak shows in each, and what the collector has put off, or
 * an earlier test has left to it, does not.
 */
function growth(run: () => void): number {
  let least = Infinity;
  for (let i = 0; i < 4; i++) {
    const before = Deno.memoryUsage().rss;
    run();
    least = Math.min(least, Deno.memoryUsage().rss - before);
  }
  return least;
}

testEngines("10,000 calls leave the process as large as it was", ({ engine, start }) => {
  if (engine.name !== "wasmtime") return;
  const instance = start({}, { fuel: 100_000_000_000, timeMs: 120_000 });
  const calls = (count: number) => {
    for (let i = 0; i < count; i++) callAll(instance);
  };
  calls(500);
  // Had each of the 2,500 calls left a kilobyte, it would be 2.5 MiB.
  const grown = growth(() => calls(500));
  assertEquals(grown < 2 * MEBIBYTE, true, `${grown} bytes more`);
});

testEngines("100 instances leave the process as large as it was", ({ engine, start }) => {
  const count = engine.name === "wasmtime" ? 100 : 10;
  const instances = (count: number) => {
    for (let i = 0; i < count; i++) {
      const instance = start();
      instance.call(ENDS, "count", []);
      instance.close();
    }
  };
  instances(count);
  // A QuickJS instance has 1.5 MiB of memory, a worker about 20 MiB.
  const grown = growth(() => instances(count));
  assertEquals(grown < count * MEBIBYTE, true, `${grown} bytes more`);
});
