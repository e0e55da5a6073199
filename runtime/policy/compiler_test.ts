import { assertEquals, assertThrows } from "@std/assert";
import type { Event } from "cnidaria:cni/policy@0.3.0";
import { ComponentError } from "../engine/engine.ts";
import { PolicyCompiler } from "./compiler.ts";

const OPTIONS = { logPerSecond: 10 };

/** An instance whose functions are the test's. */
function instance(answers: Record<string, (argument: unknown) => unknown>) {
  const calls: string[] = [];
  return {
    calls,
    call(_: string, name: string, args: readonly unknown[]) {
      calls.push(name);
      return answers[name]?.(args[0]);
    },
    renew: () => void calls.push("renew"),
    close: () => void calls.push("close"),
  };
}

Deno.test("events go in chunks, and rejections of all of them come back", () => {
  const sizes: number[] = [];
  const name = { kind: "network-policy" as const, namespace: "a", name: "x" };
  const it = instance({
    observe: (events) => {
      sizes.push((events as Event[]).length);
      return [{ name, errors: [] }];
    },
  });
  const events: Event[] = Array.from({ length: 1001 }, (_, i) => ({ tag: "node-gone", val: `n${i}` }));
  assertEquals(PolicyCompiler.start("policy", it, OPTIONS).observe(events).length, 3);
  assertEquals(sizes, [500, 500, 1]);
});

Deno.test("a chunk has no more than a MiB of policies", () => {
  const sizes: number[] = [];
  const it = instance({
    observe: (events) => {
      sizes.push((events as Event[]).length);
      return [];
    },
  });
  const policy = (name: string, size: number): Event => ({
    tag: "policy",
    val: { name: { kind: "network-policy", namespace: "a", name }, spec: "x".repeat(size) },
  });
  const sizesOf = [600_000, 400_000, 400_000, 2_000_000, 1, 1];
  PolicyCompiler.start("policy", it, OPTIONS).observe(sizesOf.map((size, at) => policy(`p${at}`, size)));
  assertEquals(sizes, [2, 1, 1, 2]);
});

Deno.test("a plan is all of its parts", () => {
  const parts = ["a", "b", "c"];
  const it = instance({
    plan: () => ({ changes: [{ tag: "add-counter", val: parts.shift()! }], more: parts.length > 0 }),
  });
  assertEquals(PolicyCompiler.start("policy", it, OPTIONS).plan().map(({ val }) => val), ["a", "b", "c"]);
});

Deno.test("an instance that does not start is closed; errors are sentences", () => {
  const it = instance({
    start: () => {
      throw new ComponentError({ code: 7, msg: "Cannot begin as it is tired", details: "" });
    },
  });
  assertThrows(() => PolicyCompiler.start("policy", it, OPTIONS), Error, "Cannot begin as it is tired");
  assertEquals(it.calls, ["renew", "start", "close"]);
});
