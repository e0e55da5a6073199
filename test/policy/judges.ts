// The three that have to agree on whether a connection is allowed: the plain evaluator, the compiled rules as `explain` reads
// them, and the kernel with these rules in force. Each node of the lab has an enforcer of its own, with the real component.

import { KernelRuleset } from "../../host-funcs/firewall/ruleset/kernel_ruleset.ts";
import type { TableContent } from "../../host-funcs/firewall/ruleset/ruleset.ts";
import { type NetworkNamespace, openNamespace } from "../../host-funcs/sys/namespace.ts";
import { openEngine } from "../../runtime/engine/open_engine.ts";
import type { Engine } from "../../runtime/engine/engine.ts";
import { PolicyComponent } from "../../runtime/policy/compiler.ts";
import { Enforcer } from "../../runtime/policy/enforcer.ts";
import { Evaluator } from "../../runtime/policy/evaluate.ts";
import { type Kind, KINDS } from "../../runtime/policy/objects.ts";
import type { Cluster } from "./objects.ts";
import { type Answer, judge } from "./oracle.ts";
import { partyAt, PLACES, SPARE } from "./places.ts";
import type { PolicyLab } from "./policy_lab.ts";
import { type Probe, Prober, textOf } from "./prober.ts";

const DIST = new URL("../../dist", import.meta.url).pathname;

/** A probe about which they do not agree, or whose answer is not what was expected. */
export interface Difference {
  readonly probe: string;
  readonly expected: boolean | undefined;
  readonly oracle: Answer;
  readonly explain: Answer;
  readonly packets: boolean;
}

/** The rules of one node. */
class NodeRules implements Disposable {
  readonly kernel: KernelRuleset;
  readonly #namespace: NetworkNamespace;
  #enforcer: Enforcer;

  constructor(readonly node: string, path: string, private readonly component: PolicyComponent) {
    this.#namespace = openNamespace(path);
    this.kernel = new KernelRuleset("policy", "inet", this.#namespace);
    this.#enforcer = this.#openEnforcer();
  }

  /** The next cluster is compiled by an instance that knows nothing, and its table replaces this one. */
  forget(): void {
    this.#enforcer.close();
    this.#enforcer = this.#openEnforcer();
  }

  /** Brings in force what is other than before. @throws {Error} where a policy is refused, or anything fails */
  bring(cluster: Cluster): void {
    const objects: Record<Kind, readonly unknown[]> = {
      Namespace: cluster.namespaces,
      Pod: cluster.pods,
      Node: cluster.nodes,
      NetworkPolicy: cluster.policies.filter(({ kind }) => kind === "NetworkPolicy"),
      ClusterNetworkPolicy: cluster.policies.filter(({ kind }) => kind === "ClusterNetworkPolicy"),
    };
    for (const kind of KINDS) this.#enforcer.take({ tell: "all", kind, objects: objects[kind] });
    if (!this.#enforcer.apply()) throw new Error(this.#enforcer.status().failed);
    const [rejection] = this.#enforcer.status().rejected;
    if (rejection !== undefined) throw new Error(`A policy is refused: ${JSON.stringify(rejection)}`);
  }

  get content(): TableContent {
    return this.#enforcer.wanted!;
  }

  #openEnforcer(): Enforcer {
    return new Enforcer(
      {
        openCompiler: () => this.component.compiler({ logPerSecond: 10 }),
        kernel: {
          apply: (changes) => {
            if (this.kernel.apply(changes).repaired) throw new Error(`The rules of ${this.node} were made anew`);
          },
          replace: (wanted) => this.kernel.replace(wanted),
          has: (wanted) => this.kernel.matches(wanted),
        },
        attachments: { list: () => [], takeOver: () => {}, isolateAgain: () => [] },
      },
      this.node,
      { line: () => {} },
    );
  }

  [Symbol.dispose](): void {
    this.#enforcer.close();
    this.kernel.remove();
    this.kernel.close();
    this.#namespace.close();
  }
}

/** Milliseconds for packets that should have come and have not: the machine may be busy. */
const PATIENCE_MS = 500;

export class Judges implements Disposable {
  readonly prober: Prober;
  readonly rules: readonly NodeRules[];
  #cluster: Cluster | undefined;

  private constructor(
    private readonly lab: PolicyLab,
    names: readonly string[],
    private readonly engine: Engine,
    private readonly component: PolicyComponent,
  ) {
    this.prober = new Prober(names.map((name) => lab.endpoint(name)));
    this.rules = Object.entries(lab.nodes).map(([name, { path }]) => new NodeRules(name, path, component));
  }

  /** @param names of the endpoints that take part */
  static async open(lab: PolicyLab, names: readonly string[]): Promise<Judges> {
    const stateDir = await Deno.makeTempDir({ prefix: "cnidaria-policy-" });
    const engine = await openEngine("auto", { libDir: DIST, cacheDir: `${stateDir}/cache`, prepares: true });
    const openShared = () => Promise.resolve(engine);
    const needs = { libDir: DIST, stateDir, openEngine: openShared, log: () => {} };
    return new Judges(lab, names, engine, await PolicyComponent.open("policy", needs));
  }

  forget(): void {
    for (const rules of this.rules) rules.forget();
  }

  bring(cluster: Cluster): void {
    this.#cluster = cluster;
    for (const rules of this.rules) rules.bring(cluster);
  }

  /** @param expected what a case says of a probe; undefined: nothing */
  differences(probes: readonly Probe[], expected: (probe: Probe) => boolean | undefined = () => undefined) {
    const told = this.explained(probes);
    const packets = this.prober.run(probes);
    const late = probes.flatMap((_, at) => told[at]!.oracle.allowed && !packets[at] ? [at] : []);
    if (late.length > 0) {
      const again = this.prober.run(late.map((at) => probes[at]!), PATIENCE_MS);
      late.forEach((at, index) => packets[at] = again[index]!);
    }
    return probes.flatMap((probe, at): Difference[] => {
      const { oracle, explain } = told[at]!;
      const wanted = expected(probe) ?? oracle.allowed;
      if ([oracle.allowed, explain.allowed, packets[at]].every((it) => it === wanted)) return [];
      return [{ probe: textOf(probe), expected: expected(probe), oracle, explain, packets: packets[at]! }];
    });
  }

  /** Without packets. */
  explained(probes: readonly Probe[]): { readonly oracle: Answer; readonly explain: Answer }[] {
    const cluster = this.#cluster!;
    const evaluators = this.rules.map(({ node, content }) => ({ node, evaluator: new Evaluator(content) }));
    return probes.map((probe) => {
      const addressOf = (name: string) => this.lab.endpoint(name)[probe.family === 4 ? "ipv4" : "ipv6"];
      const [source, destination] = [addressOf(probe.from), addressOf(probe.to)];
      const { protocol, port } = probe;
      const flow = { from: partyAt(source, cluster), to: partyAt(destination, cluster), protocol, port };
      const packet = { source, destination, protocol: protocol.toLowerCase(), destinationPort: port };
      const passed = evaluators.filter(({ node }) => passes(probe, node));
      return {
        oracle: judge(cluster, flow),
        explain: explainBy(passed.map(({ evaluator }) => evaluator.judge(packet))),
      };
    });
  }

  [Symbol.dispose](): void {
    for (const rules of this.rules) rules[Symbol.dispose]();
    this.prober[Symbol.dispose]();
    this.component[Symbol.dispose]();
    this.engine.close();
  }
}

const HOME = new Map([...PLACES, ...SPARE].map(({ name, node }) => [name, node as string]));

/** Whether a node forwards a probe: what begins or ends in a node's own network is not forwarded there. */
function passes({ from, to }: Probe, node: string): boolean {
  if (from === to || from === node || to === node) return false;
  return HOME.get(from) === node || HOME.get(to) === node;
}

function explainBy(judgements: readonly ReturnType<Evaluator["judge"]>[]): Answer {
  const why = judgements.map(({ egress, ingress, base }) =>
    [egress?.rule, ingress?.rule, base].filter((it) => it !== undefined).map(({ comment }) => comment).join("; ")
  );
  return { allowed: judgements.every(({ allowed }) => allowed), why: why.filter((it) => it !== "").join(" | ") };
}
