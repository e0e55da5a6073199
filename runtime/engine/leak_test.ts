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

testEngines("10,000 calls leave the process as large as it was", ({ engine, start }) => {
  if (engine.name !== "wasmtime") return;
  const instance = start({}, { fuel: 100_000_000_000, timeMs: 120_000 });
  const calls = (count: number) => {
    for (let i = 0; i < count; i++) callAll(instance);
  };
  calls(500);
  const before = Deno.memoryUsage().rss;
  calls(2000);
  // Had each of the 10,000 calls left a kilobyte, it would be 10 MiB.
  const grown = Deno.memoryUsage().rss - before;
  assertEquals(grown < 6 * MEBIBYTE, true, `${grown} bytes more`);
});

testEngines("100 instances leave the process as large as it was", ({ engine, start }) => {
  const count = engine.name === "wasmtime" ? 100 : 20;
  const instances = (count: number) => {
    for (let i = 0; i < count; i++) {
      const instance = start();
      instance.call(ENDS, "count", []);
      instance.close();
    }
  };
  instances(count);
  const before = Deno.memoryUsage().rss;
  instances(count);
  // A QuickJS instance has 1.5 MiB of memory, a worker about 20 MiB.
  const grown = Deno.memoryUsage().rss - before;
  assertEquals(grown < count * MEBIBYTE, true, `${grown} bytes more`);
});
