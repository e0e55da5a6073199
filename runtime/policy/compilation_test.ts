// A compilation with a compiler of the test's own, in whose table each policy that it uses has a counter: `name.v`.

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Change } from "cnidaria:cni/nftables@0.3.0";
import type { Event, PolicyName, Rejection } from "cnidaria:cni/policy@0.3.0";
import { Ruleset } from "../../host-funcs/firewall/ruleset/ruleset.ts";
import { EngineError } from "../engine/engine.ts";
import { Compilation } from "./compilation.ts";
import type { Compiler } from "./enforcer.ts";
import { World } from "./world.ts";

/** What a policy of these tests says: its version, and where it does harm. */
interface Spec {
  readonly v: number;
  readonly does?: "trap at observe" | "trap at plan" | "refused rules" | "refused";
  /** Together with the others' more than 10 ends the compiler. */
  readonly size?: number;
}

class FakeCompiler implements Compiler {
  readonly #specs = new Map<string, Spec>();
  #planned = new Set<string>();

  constructor(private readonly site: Site) {}

  observe(events: readonly Event[]): Rejection[] {
    const rejections: Rejection[] = [];
    for (const event of events) {
      if (event.tag === "node" && this.site.nodesTrap) trap();
      if (event.tag === "policy-gone") this.#specs.delete(event.val.name);
      if (event.tag !== "policy") continue;
      const { name } = event.val;
      const spec: Spec = JSON.parse(event.val.spec);
      if (spec.does === "trap at observe") trap();
      if (spec.does === "refused") rejections.push({ name, errors: [{ path: "spec.v", message: `is ${spec.v}` }] });
      else this.#specs.set(name.name, spec);
    }
    return rejections;
  }

  plan(): Change[] {
    const specs = [...this.#specs.entries()];
    if (specs.some(([, { does }]) => does === "trap at plan")) trap();
    if (specs.reduce((sum, [, { size = 0 }]) => sum + size, 0) > 10) trap();
    const wanted = new Set(specs.map(([name, { v, does }]) => does === "refused rules" ? "#" : `${name}.${v}`));
    const changes: Change[] = [
      ...[...wanted.difference(this.#planned)].map((val): Change => ({ tag: "add-counter", val })),
      ...[...this.#planned.difference(wanted)].map((val): Change => ({ tag: "delete-counter", val })),
    ];
    this.#planned = wanted;
    return changes;
  }

  close(): void {
    this.site.open--;
  }
}

function trap(): never {
  throw new EngineError("trap", "policy", "Cannot finish plugin policy as it crashed");
}

class Site {
  nodesTrap = false;
  open = 0;
  readonly log: string[] = [];
  readonly world = new World();
  readonly compilation: Compilation;
  #table = new Ruleset();
  #events: Event[] = [];

  constructor() {
    const open = () => {
      this.open++;
      return new FakeCompiler(this);
    };
    this.compilation = new Compilation(open, {
      line: (level, message) => void this.log.push(`${level}: ${message}`),
    });
  }

  set(name: string, spec: Spec): this {
    return this.#take({ tag: "policy", val: { name: nameOf(name), spec: JSON.stringify(spec) } });
  }

  gone(name: string): this {
    return this.#take({ tag: "policy-gone", val: nameOf(name) });
  }

  node(name: string): this {
    return this.#take({ tag: "node", val: { name, labels: [], addresses: [] } });
  }

  /** What is in force. @throws {Error} where it cannot be made so; the next time all is made anew, as the enforcer does */
  apply(): string[] {
    const events = this.#events.splice(0);
    try {
      if (this.compilation.isRunning) this.compilation.change(events, this.#table);
      else {
        this.compilation.miss(events);
        this.#table = this.compilation.anew(this.world.all()).table;
      }
    } catch (error) {
      this.compilation.miss(events);
      throw error;
    }
    assertEquals(this.open, 1);
    return this.inForce;
  }

  /** Once more after a failure. */
  applyAgain(): string[] {
    assertThrows(() => this.apply());
    assertEquals([this.compilation.isRunning, this.open], [false, 0]);
    return this.apply();
  }

  get inForce(): string[] {
    return [...this.#table.counters].sort();
  }

  get rejected(): string[] {
    return this.compilation.rejected.map(({ name, errors }) =>
      `${name.name}: ${errors[0]!.path} ${errors[0]!.message}`
    );
  }

  #take(event: Event): this {
    if (this.world.take(event)) this.#events.push(event);
    return this;
  }
}

function nameOf(name: string): PolicyName {
  return { kind: "network-policy", namespace: "a", name };
}

const CRASHED = "ends the component that compiles it: Cannot finish plugin policy as it crashed";

for (const does of ["trap at observe", "trap at plan", "refused rules"] as const) {
  Deno.test(`${does}: what was in force by the policy's name stays so, and the rest goes on`, () => {
    const site = new Site();
    for (const name of ["p", "q", "r", "s"]) site.set(name, { v: 1 });
    site.apply();
    site.set("q", { v: 2, does }).set("s", { v: 2 }).set("t", { v: 1 });
    assertEquals(site.applyAgain(), ["p.1", "q.1", "r.1", "s.2", "t.1"]);
    const [rejected] = site.rejected;
    const words = does === "refused rules" ? "makes rules that cannot be used: Cannot name a counter" : CRASHED;
    assertStringIncludes(rejected!, `q: spec ${words}`);
    assertEquals(site.log.length, 1);
    assertStringIncludes(site.log[0]!, `error: Cannot use NetworkPolicy a/q as its spec ${words}`);
    assertStringIncludes(site.log[0]!, "; what was in force by that name stays so");
    // It is not tried again, and not told again, until it changes.
    assertEquals([site.set("r", { v: 2 }).apply().length, site.log.length], [5, 1]);
    site.compilation.close();
    assertEquals([site.apply(), site.log.length], [["p.1", "q.1", "r.2", "s.2", "t.1"], 1]);
    assertEquals([site.set("q", { v: 3 }).apply(), site.rejected], [["p.1", "q.3", "r.2", "s.2", "t.1"], []]);
  });
}

Deno.test("policies that are there from the start and end the compiler are found, each with its own end", () => {
  const site = new Site();
  for (let at = 0; at < 20; at++) {
    const does = at === 7 ? "trap at observe" : at === 13 ? "refused rules" : at === 19 ? "trap at plan" : undefined;
    site.set(`p${at}`, { v: 1, ...does && { does } });
  }
  assertEquals(site.apply().length, 17);
  assertEquals(site.rejected.map((it) => it.split(":")[0]).sort(), ["p13", "p19", "p7"]);
  assert(site.log.every((line) => line.startsWith("error: ") && line.endsWith("; nothing is in force by that name")));
  site.gone("p7").gone("p13").gone("p19").apply();
  assertEquals(site.rejected, []);
});

Deno.test("of policies that are too much together the one that came last is set aside", () => {
  const site = new Site();
  site.set("z", { v: 1, size: 6 }).set("y", { v: 1 }).apply();
  assertEquals(site.set("a", { v: 1, size: 6 }).set("b", { v: 1, size: 1 }).applyAgain(), ["b.1", "y.1", "z.1"]);
  assertEquals(site.rejected, [`a: spec ${CRASHED}`]);
  site.gone("a").gone("z").apply();
  assertEquals([site.inForce, site.rejected], [["b.1", "y.1"], []]);
});

Deno.test("what ends the compiler without any policy is no policy's fault, nor what more than 20 do", () => {
  const site = new Site();
  site.set("p", { v: 1 }).apply();
  site.nodesTrap = true;
  site.node("n1");
  for (let again = 0; again < 2; again++) assertThrows(() => site.apply(), EngineError, "it crashed");
  assertEquals([site.inForce, site.rejected, site.open], [["p.1"], [], 0]);
  site.nodesTrap = false;
  for (let at = 0; at < 21; at++) site.set(`q${at}`, { v: 1, does: "trap at plan" });
  assertThrows(() => site.apply(), Error, "more than 20 policies together are too much for it: Cannot finish");
  assertEquals([site.rejected, site.log, site.open], [[], [], 0]);
  assertEquals([site.gone("q0").apply(), site.rejected.length], [["p.1"], 20]);
});

Deno.test("a policy that goes while the compiler fails stays gone; what was replaced then counts where the next is refused", () => {
  const site = new Site();
  for (const name of ["p", "q"]) site.set(name, { v: 1 });
  site.apply();
  site.gone("p").set("q", { v: 2 }).set("q", { v: 3, does: "refused" }).set("r", { v: 1, does: "trap at plan" });
  assertEquals(site.applyAgain(), ["q.2"]);
  assertEquals(site.rejected.sort(), ["q: spec.v is 3", `r: spec ${CRASHED}`]);
  site.compilation.close();
  site.gone("q").set("s", { v: 1 });
  assertEquals([site.apply(), site.rejected], [["s.1"], [`r: spec ${CRASHED}`]]);
});

Deno.test("a refusal is told once for each version of a policy, however often all is made anew", () => {
  const site = new Site();
  site.set("p", { v: 1 }).set("q", { v: 1, does: "refused" }).apply();
  site.set("p", { v: 2, does: "refused" }).apply();
  const told = [
    "warn: Cannot use NetworkPolicy a/q as its spec.v is 1; nothing is in force by that name",
    "warn: Cannot use NetworkPolicy a/p as its spec.v is 2; what was in force by that name stays so",
  ];
  assertEquals(site.log, told);
  site.compilation.close();
  assertEquals([site.apply(), site.log], [["p.1"], told]);
  assertEquals([site.set("p", { v: 3 }).apply(), site.rejected], [["p.3"], ["q: spec.v is 1"]]);
});
