// A node of the bench: the agent's enforcer of network policies with the real component and the kernel, and how long each
// part of its work takes.

import type { Change } from "cnidaria:cni/nftables@0.3.0";
import { KernelRuleset } from "../../host-funcs/firewall/ruleset/kernel_ruleset.ts";
import type { NetworkNamespace } from "../../host-funcs/sys/namespace.ts";
import type { Engine } from "../../runtime/engine/engine.ts";
import { openEngine } from "../../runtime/engine/open_engine.ts";
import { PolicyComponent } from "../../runtime/policy/compiler.ts";
import { Enforcer } from "../../runtime/policy/enforcer.ts";
import { type Kind, KINDS } from "../../runtime/policy/objects.ts";
import { NODE } from "./policy_cluster.ts";

const DIST = new URL("../../dist", import.meta.url).pathname;

/** What one application of changes took, in milliseconds, and what it changed. */
export interface Work {
  readonly all: number;
  /** Within the component, with all values that cross. */
  readonly observe: number;
  readonly plan: number;
  readonly kernel: number;
  readonly changes: number;
  readonly elements: number;
}

export class PolicyNode implements Disposable {
  readonly kernel: KernelRuleset;
  #enforcer: Enforcer;
  #work = { observe: 0, plan: 0, kernel: 0, changes: 0, elements: 0 };

  private constructor(
    namespace: NetworkNamespace,
    private readonly engine: Engine,
    private readonly component: PolicyComponent,
  ) {
    this.kernel = new KernelRuleset("policy", "inet", namespace);
    this.#enforcer = this.#openEnforcer();
  }

  static async open(namespace: NetworkNamespace): Promise<PolicyNode> {
    const stateDir = await Deno.makeTempDir({ prefix: "cnidaria-bench-" });
    const engine = await openEngine("auto", { libDir: DIST, cacheDir: `${stateDir}/cache`, prepares: true });
    const openShared = () => Promise.resolve(engine);
    const needs = { libDir: DIST, stateDir, openEngine: openShared, log: () => {} };
    return new PolicyNode(namespace, engine, await PolicyComponent.open("policy", needs));
  }

  /** Everything from nothing: an instance that knows nothing, and a table that replaces what is there. */
  anew(objects: Partial<Record<Kind, readonly unknown[]>>): Work {
    this.#enforcer.close();
    this.#enforcer = this.#openEnforcer();
    return this.#timed(() => {
      for (const kind of KINDS) this.#enforcer.take({ tell: "all", kind, objects: objects[kind] ?? [] });
    });
  }

  set(kind: Kind, object: unknown): Work {
    return this.#timed(() => this.#enforcer.take({ tell: "set", kind, object }));
  }

  gone(kind: Kind, object: unknown): Work {
    return this.#timed(() => this.#enforcer.take({ tell: "gone", kind, object }));
  }

  [Symbol.dispose](): void {
    this.#enforcer.close();
    this.kernel.remove();
    this.kernel.close();
    this.component[Symbol.dispose]();
    this.engine.close();
  }

  #timed(take: () => void): Work {
    this.#work = { observe: 0, plan: 0, kernel: 0, changes: 0, elements: 0 };
    const began = performance.now();
    take();
    const isWell = this.#enforcer.apply();
    const all = performance.now() - began;
    const { failed, rejected } = this.#enforcer.status();
    if (!isWell || rejected.length > 0) throw new Error(failed ?? JSON.stringify(rejected[0]));
    return { all, ...this.#work };
  }

  #openEnforcer(): Enforcer {
    return new Enforcer(
      {
        openCompiler: () => {
          const compiler = this.component.compiler({ logGroup: 100, logPerSecond: 10 });
          return {
            observe: (events) => this.#add("observe", () => compiler.observe(events)),
            plan: () => {
              const changes = this.#add("plan", () => compiler.plan());
              this.#work.changes += changes.length;
              this.#work.elements += changes.reduce((sum, change) => sum + elementsOf(change), 0);
              return changes;
            },
            close: () => compiler.close(),
          };
        },
        kernel: {
          apply: (changes) => this.#add("kernel", () => void this.kernel.apply(changes)),
          replace: (wanted) => this.#add("kernel", () => this.kernel.replace(wanted)),
          has: (wanted) => this.kernel.matches(wanted),
        },
        attachments: { list: () => [], takeOver: () => {}, isolateAgain: () => [] },
      },
      NODE,
      { line: () => {} },
    );
  }

  #add<T>(part: "observe" | "plan" | "kernel", act: () => T): T {
    const began = performance.now();
    try {
      return act();
    } finally {
      this.#work[part] += performance.now() - began;
    }
  }
}

function elementsOf({ tag, val }: Change): number {
  if (tag === "put-elements") return val.elements.length;
  return tag === "delete-elements" ? val.keys.length : 0;
}
