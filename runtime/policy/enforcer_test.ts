// The enforcer with a compiler and a kernel of the test's own: each local address is an element of one set.

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Change } from "cnidaria:cni/nftables@0.3.0";
import type { Event, Rejection } from "cnidaria:cni/policy@0.3.0";
import type { TableContent } from "../../host-funcs/firewall/ruleset/ruleset.ts";
import { type AttachedAddress, type Compiler, Enforcer } from "./enforcer.ts";
import { type Kind, KINDS } from "./objects.ts";

class FakeCompiler implements Compiler {
  readonly #addresses = new Map<string, readonly string[]>();
  #changes: Change[] = [{
    tag: "add-set",
    val: { name: "local", key: ["ipv4-addr"], intervals: false, verdicts: false },
  }];

  constructor(private readonly site: Site) {}

  observe(events: readonly Event[]): Rejection[] {
    const isHarmful = events.some((event) => event.tag === "policy" && event.val.spec.includes(this.site.harm));
    if (this.site.trap || isHarmful) throw new Error("the component has trapped");
    this.site.told.push(...events);
    const rejections: Rejection[] = [];
    for (const event of events) {
      if (event.tag === "policy" && event.val.spec.includes("bad")) {
        rejections.push({ name: event.val.name, errors: [{ path: "spec.x", message: "is bad" }] });
      }
      if (event.tag === "pod" && event.val.local) {
        const key = event.val.name.name;
        this.#remove(key);
        this.#addresses.set(key, event.val.addresses);
        const elements = event.val.addresses.map((key) => ({ key }));
        this.#changes.push({ tag: "put-elements", val: { set: "local", elements } });
      }
      if (event.tag === "pod-gone") this.#remove(event.val.name);
    }
    return rejections;
  }

  plan(): Change[] {
    return this.#changes.splice(0);
  }

  close(): void {
    this.site.closed++;
  }

  #remove(name: string): void {
    const keys = this.#addresses.get(name);
    if (keys !== undefined) this.#changes.push({ tag: "delete-elements", val: { set: "local", keys: [...keys] } });
    this.#addresses.delete(name);
  }
}

class Site {
  trap = false;
  /** What a policy has that ends the compiler. */
  harm = "harmful";
  refuses = false;
  closed = 0;
  readonly told: Event[] = [];
  readonly log: string[] = [];
  readonly did: string[] = [];
  /** What the kernel has; undefined: an earlier run's. */
  kernel: string[] | undefined;
  attached: AttachedAddress[] = [];
  /** Isolated, but not in the kernel. */
  readonly freed: string[] = [];
  readonly enforcer: Enforcer;

  constructor() {
    const set = (doing: string) => (wanted: TableContent) => {
      if (this.refuses) throw new Error("the kernel refuses");
      this.did.push(doing);
      this.kernel = elements(wanted);
    };
    this.enforcer = new Enforcer(
      {
        openCompiler: () => new FakeCompiler(this),
        kernel: {
          apply: (_, wanted) => set("apply")(wanted),
          replace: set("replace"),
          has: (wanted) => JSON.stringify(elements(wanted)) === JSON.stringify(this.kernel),
        },
        attachments: {
          list: () => this.attached,
          takeOver: (rows) => {
            this.did.push(`take over ${rows.map(({ address }) => address)}`);
            this.attached = this.attached.map((it) => rows.includes(it) ? { ...it, isolated: false } : it);
          },
          isolateAgain: () => this.freed.splice(0),
        },
      },
      "n1",
      { line: (level, message) => void this.log.push(`${level}: ${message}`) },
    );
  }

  sync(objects: Partial<Record<Kind, unknown[]>> = {}): void {
    for (const kind of KINDS) this.enforcer.take({ tell: "all", kind, objects: objects[kind] ?? [] });
  }
}

function elements(content: TableContent): string[] {
  return [...content.sets.get("local")?.elements.keys() ?? []].sort();
}

function pod(name: string, ip?: string, labels: Record<string, string> = {}) {
  return {
    metadata: { namespace: "a", name, labels },
    spec: { nodeName: "n1" },
    status: ip === undefined ? {} : { podIPs: [{ ip }] },
  };
}

function policy(name: string, spec: unknown) {
  return { metadata: { namespace: "a", name }, spec };
}

function attached(address: string, pod: string, isolated = true): AttachedAddress {
  return { address, pod, isolated };
}

Deno.test("nothing is touched until all kinds are listed; then one plan replaces what an earlier run left", () => {
  const site = new Site();
  for (const kind of KINDS.slice(1)) site.enforcer.take({ tell: "all", kind, objects: [] });
  assertEquals([site.enforcer.apply(), site.did, site.enforcer.status().waitsFor], [true, [], ["Namespace"]]);
  site.sync({ Pod: [pod("p", "10.1.0.5")] });
  assertEquals([site.enforcer.apply(), site.did, site.kernel], [true, ["replace"], ["10.1.0.5"]]);
});

Deno.test("changes are applied as they are; what is so already is not told", () => {
  const site = new Site();
  site.sync({ Pod: [pod("p", "10.1.0.5")] });
  site.enforcer.apply();
  site.enforcer.take({ tell: "set", kind: "Pod", object: pod("q", "10.1.0.6") });
  site.enforcer.apply();
  assertEquals([site.did, site.kernel], [["replace", "apply"], ["10.1.0.5", "10.1.0.6"]]);
  const told = site.told.length;
  site.sync({ Pod: [pod("p", "10.1.0.5"), pod("q", "10.1.0.6")] });
  site.enforcer.apply();
  assertEquals([site.told.length, site.did.length], [told, 2]);
  site.sync({ Pod: [pod("q", "10.1.0.6")] });
  site.enforcer.apply();
  assertEquals(site.kernel, ["10.1.0.6"]);
  assertEquals([site.enforcer.status().objects.Pod, site.enforcer.status().elements], [1, 1]);
});

Deno.test("a new pod is let go once a plan that has its address is in force; one that is not known stays closed", () => {
  const site = new Site();
  site.sync({ Pod: [pod("p")] });
  site.enforcer.apply();
  site.attached = [attached("10.1.0.5", "a/p"), attached("10.1.0.6", "a/later"), attached("10.1.0.7", "")];
  site.enforcer.apply();
  assertEquals([site.did, site.kernel], [["replace", "apply", "take over 10.1.0.5"], ["10.1.0.5"]]);
  assertEquals(site.enforcer.status().waiting.map(({ address }) => address), ["10.1.0.6", "10.1.0.7"]);
  // It was taken over; the API does not tell its address yet.
  site.enforcer.take({ tell: "set", kind: "Pod", object: pod("p", undefined, { app: "x" }) });
  site.enforcer.take({ tell: "set", kind: "Pod", object: pod("later") });
  site.enforcer.apply();
  assertEquals([site.did.at(-1), site.kernel], ["take over 10.1.0.6", ["10.1.0.5", "10.1.0.6"]]);
  site.enforcer.take({ tell: "set", kind: "Pod", object: pod("p", "10.1.0.5") });
  site.enforcer.take({ tell: "gone", kind: "Pod", object: pod("later") });
  site.enforcer.apply();
  assertEquals(site.kernel, ["10.1.0.5"]);
});

Deno.test("an agent that begins knows pods that an earlier one let go, before the API tells their addresses", () => {
  const site = new Site();
  site.attached = [attached("10.1.0.5", "a/p", false)];
  site.sync({ Pod: [pod("p")] });
  site.enforcer.apply();
  assertEquals([site.did, site.kernel], [["replace"], ["10.1.0.5"]]);
  site.attached = [];
  site.enforcer.apply();
  assertEquals(site.kernel, []);
});

Deno.test("where the component or the kernel fails, what is in force stays and nobody is let go; then all is made anew", () => {
  for (const fault of ["trap", "refuses"] as const) {
    const site = new Site();
    site.sync({ Pod: [pod("p", "10.1.0.5"), pod("q")] });
    site.enforcer.apply();
    site[fault] = true;
    site.attached = [attached("10.1.0.6", "a/q")];
    assertEquals([site.enforcer.apply(), site.enforcer.apply()], [false, false]);
    assertEquals([site.kernel, site.did, site.attached[0]?.isolated], [["10.1.0.5"], ["replace"], true], fault);
    assertEquals(elements(site.enforcer.wanted!), ["10.1.0.5"], "what is told of is what is in force");
    assertEquals(site.log.length, 1);
    assertStringIncludes(site.log[0]!, "what was in force before stays so");
    site[fault] = false;
    assertEquals(site.enforcer.apply(), true);
    assertEquals(site.did, ["replace", "replace", "take over 10.1.0.6"]);
    assertEquals(site.kernel, ["10.1.0.5", "10.1.0.6"]);
    assertEquals([site.enforcer.status().failed, site.enforcer.status().failures], [undefined, 2]);
  }
});

Deno.test("a rejected policy is told with its field; the one before is told to a fresh compiler too", () => {
  const site = new Site();
  site.sync({ NetworkPolicy: [policy("x", { good: 1 })] });
  site.enforcer.apply();
  site.enforcer.take({ tell: "set", kind: "NetworkPolicy", object: policy("x", { bad: 1 }) });
  site.enforcer.apply();
  assertEquals(site.log, [
    "warn: Cannot use NetworkPolicy a/x as its spec.x is bad; what was in force by that name stays so",
  ]);
  assertEquals(site.enforcer.status().rejected.length, 1);
  site.trap = true;
  site.enforcer.take({ tell: "set", kind: "Node", object: { metadata: { name: "n2" } } });
  site.enforcer.apply();
  site.trap = false;
  site.told.length = 0;
  site.enforcer.apply();
  const specs = site.told.flatMap((it) => it.tag === "policy" ? [it.val.spec] : []);
  assertEquals(specs, ['{"good":1}', '{"bad":1}']);
  site.enforcer.take({ tell: "set", kind: "NetworkPolicy", object: policy("x", { good: 2 }) });
  site.enforcer.apply();
  assertEquals(site.enforcer.status().rejected, []);
});

Deno.test("what somebody else has changed in the kernel is made again, and only then", () => {
  const site = new Site();
  site.sync({ Pod: [pod("p", "10.1.0.5")] });
  site.enforcer.apply();
  assertEquals([site.enforcer.repair("a comparison"), site.did.length], [true, 1]);
  site.kernel = [];
  assertEquals([site.enforcer.repair("a notification"), site.kernel], [true, ["10.1.0.5"]]);
  assertEquals([site.enforcer.status().repairs, site.log.length], [1, 1]);
});

Deno.test("what is in force is made again while the component fails too; the failure of a repair is over with the next", () => {
  const site = new Site();
  site.sync({ Pod: [pod("p", "10.1.0.5")] });
  site.enforcer.apply();
  [site.refuses, site.kernel] = [true, []];
  assertEquals([site.enforcer.repair("a comparison"), site.enforcer.repair("a comparison")], [false, false]);
  assertStringIncludes(site.enforcer.status().failed!, "Cannot repair the rules");
  site.refuses = false;
  assertEquals([site.enforcer.repair("a comparison"), site.enforcer.status().failed], [true, undefined]);
  site.trap = true;
  site.enforcer.take({ tell: "set", kind: "Pod", object: pod("q", "10.1.0.6") });
  assertEquals(site.enforcer.apply(), false);
  site.kernel = [];
  assertEquals([site.enforcer.repair("a comparison"), site.kernel], [false, ["10.1.0.5"]]);
  assertStringIncludes(site.enforcer.status().failed!, "Cannot bring network policies in force");
});

Deno.test("repair() sees to new pods too that somebody has freed, before there are policies as well", () => {
  for (const synced of [false, true]) {
    const site = new Site();
    if (synced) {
      site.sync();
      site.enforcer.apply();
    }
    site.freed.push("10.1.0.5", "fd00::5");
    assertEquals([site.enforcer.repair("a notification"), site.freed], [true, []]);
    assertStringIncludes(
      site.log.at(-1)!,
      "warn: new pods' addresses were not isolated any more, and are again: 10.1.0.5, fd00::5",
    );
    assertEquals(site.enforcer.status().repairs, 1);
  }
});

Deno.test("trouble of the source changes nothing that is in force, and is in the status until it is over", () => {
  const site = new Site();
  site.sync({ Pod: [pod("p", "10.1.0.5")] });
  site.enforcer.apply();
  site.enforcer.take({ tell: "trouble", about: "Pod", why: "Cannot list the pods" });
  site.enforcer.apply();
  assertEquals([site.kernel, site.enforcer.status().troubles], [["10.1.0.5"], ["Cannot list the pods"]]);
  site.enforcer.take({ tell: "well", about: "Pod" });
  assertEquals(site.enforcer.status().troubles, []);
});

Deno.test("a policy that ends the compiler is set aside, told of loudly, and tried again when it changes", () => {
  const site = new Site();
  const other = (name: string) => ({ metadata: { namespace: "a", name }, spec: {} });
  site.sync({ NetworkPolicy: [other("x"), policy("y", { v: 1 }), other("z")], Pod: [pod("p", "10.1.0.5")] });
  site.enforcer.apply();
  site.enforcer.take({ tell: "set", kind: "NetworkPolicy", object: policy("y", { v: "harmful" }) });
  site.enforcer.take({ tell: "set", kind: "Pod", object: pod("q", "10.1.0.6") });
  assertEquals(site.enforcer.apply(), false);
  site.told.length = 0;
  assertEquals([site.enforcer.apply(), site.kernel], [true, ["10.1.0.5", "10.1.0.6"]]);
  const last = site.told.slice(-5).flatMap((event) => event.tag === "policy" ? [event.val.spec] : []);
  assertEquals(last.sort(), ['{"v":1}', "{}", "{}"]);
  const [rejection] = site.enforcer.status().rejected;
  assertEquals([rejection?.name.name, site.enforcer.status().rejected.length], ["y", 1]);
  const told = site.log.filter((line) => line.startsWith("error: Cannot use NetworkPolicy a/y as its spec ends "));
  assertEquals(told.length, 1);
  site.enforcer.take({ tell: "set", kind: "NetworkPolicy", object: policy("y", { v: 2 }) });
  assertEquals([site.enforcer.apply(), site.enforcer.status().rejected], [true, []]);
});

Deno.test("a policy that is changed twice at once, the second time badly, is in force as the first time", () => {
  const site = new Site();
  site.sync({ NetworkPolicy: [policy("x", { v: 1 })] });
  site.enforcer.apply();
  for (const v of ["good", "bad"]) {
    site.enforcer.take({ tell: "set", kind: "NetworkPolicy", object: policy("x", { v }) });
  }
  site.enforcer.apply();
  assertEquals(site.enforcer.status().rejected.length, 1);
  // A fresh compiler is told of it too.
  site.refuses = true;
  site.enforcer.take({ tell: "set", kind: "Pod", object: pod("p", "10.1.0.5") });
  site.enforcer.apply();
  site.refuses = false;
  site.told.length = 0;
  site.enforcer.apply();
  const specs = site.told.flatMap((event) => event.tag === "policy" ? [event.val.spec] : []);
  assertEquals(specs, ['{"v":"good"}', '{"v":"bad"}']);
});
