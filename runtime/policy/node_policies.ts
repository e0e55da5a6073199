// The policies of this node, enforced: the enforcer with what it works with on a real node.

import type { Options } from "cnidaria:cni/policy@0.3.0";
import { KernelRuleset } from "../../host-funcs/firewall/ruleset/kernel_ruleset.ts";
import { TableWatch } from "../../host-funcs/firewall/ruleset/watch.ts";
import { currentNamespace } from "../../host-funcs/sys/namespace.ts";
import { PacketLog } from "../../host-funcs/sys/nflog.ts";
import { fromKubeconfig, inCluster } from "../kubernetes/api_access.ts";
import { type EngineChoice, openEngine } from "../engine/open_engine.ts";
import type { Engine } from "../engine/engine.ts";
import { cacheDir, libDir, stateDir } from "../paths.ts";
import { untilDone } from "../cluster/patience.ts";
import { attachmentWakeups } from "./attachment_wakeups.ts";
import { ensureBridgeFilter } from "./bridge_filter.ts";
import { PolicyComponent } from "./compiler.ts";
import { dropLine, readDrop } from "./drops/drop.ts";
import { DropRing, type NumberedDrop } from "./drops/drop_ring.ts";
import { Enforcer, type EnforcerLog } from "./enforcer.ts";
import { type PolicyCount, policyCounts } from "./policy_counts.ts";
import type { PolicyOptions } from "./policy_options.ts";
import type { PolicyStatus } from "./policy_status.ts";
import { runEnforcer } from "./run_enforcer.ts";
import { FolderSource } from "./source/folder_source.ts";
import { KubernetesSource } from "./source/kubernetes_source.ts";
import type { Source } from "./source/source.ts";
import { PodAttachments } from "./pod_attachments.ts";

/** Bytes of a dropped packet: its headers. */
const COPIED = 128;
/** Milliseconds that one wait for the kernel's notifications lasts. */
const WATCH_MS = 60_000;

export class NodePolicies implements AsyncDisposable {
  readonly #enforcer: Enforcer;
  readonly #drops = new DropRing();

  private constructor(
    private readonly options: PolicyOptions,
    private readonly source: Source,
    private readonly component: PolicyComponent,
    private readonly closeEngine: () => Promise<void>,
    private readonly kernel: KernelRuleset,
    private readonly attachments: PodAttachments,
    private readonly log: EnforcerLog,
  ) {
    const { group, perSecond } = options.log ?? { group: undefined, perSecond: 0 };
    const compiles: Options = { ...group !== undefined && { logGroup: group }, logPerSecond: perSecond };
    const parts = {
      openCompiler: () => component.compiler(compiles),
      kernel: {
        apply: (changes: Parameters<KernelRuleset["apply"]>[0]) => void kernel.apply(changes),
        replace: (content: Parameters<KernelRuleset["replace"]>[0]) => kernel.replace(content),
        has: (content: Parameters<KernelRuleset["replace"]>[0]) => kernel.matches(content),
      },
      attachments,
    };
    this.#enforcer = new Enforcer(parts, options.node, log);
  }

  /** @throws {Error} a sentence, where the source's configuration, the component or the kernel is of no use */
  static async open(options: PolicyOptions, log: EnforcerLog): Promise<NodePolicies> {
    const source = openSource(options.source);
    let engine: Promise<Engine> | undefined;
    const choice = (Deno.env.get("CNIDARIA_ENGINE") ?? "auto") as EngineChoice;
    const tell = (message: string) => log.line("warn", message);
    const closeEngine = async () => (await engine?.catch(() => undefined))?.close();
    let component: PolicyComponent | undefined;
    try {
      component = await PolicyComponent.open(options.plugin, {
        libDir: libDir(),
        stateDir: stateDir(),
        // Compiled ahead of time are the agent's components in the form for instances that are prepared.
        openEngine: () =>
          engine ??= openEngine(choice, { libDir: libDir(), cacheDir: cacheDir(), prepares: true, log: tell }),
        log: (level, message) => level === "debug" || log.line(level, message),
      });
      const kernel = new KernelRuleset(options.plugin);
      const attachments = new PodAttachments(stateDir(), tell);
      return new NodePolicies(options, source, component, closeEngine, kernel, attachments, log);
    } catch (error) {
      component?.[Symbol.dispose]();
      await closeEngine();
      throw error;
    }
  }

  /** @returns when `signal` has ended it: what is in force stays */
  async run(signal: AbortSignal): Promise<void> {
    const wakeups = {
      attachments: (ends: AbortSignal) => attachmentWakeups(stateDir(), ends),
      kernel: (ends: AbortSignal) => changesOf(this.kernel, ends),
    };
    const compareMs = this.options.compareSeconds * 1000;
    await Promise.all([
      runEnforcer(this.#enforcer, this.source, wakeups, () => this.#ensure(), { compareMs }, signal),
      this.#listen(signal),
    ]);
  }

  status(): PolicyStatus {
    return this.#enforcer.status();
  }

  /** What the rules in force have counted; nothing before there are any. */
  counts(): PolicyCount[] {
    const content = this.#enforcer.wanted;
    return content === undefined ? [] : policyCounts(content, this.kernel.counters());
  }

  /** Packets that were dropped after one of that number, oldest first. */
  drops(after: number): readonly NumberedDrop[] {
    return this.#drops.after(after);
  }

  get dropsSeen(): number {
    return this.#drops.total;
  }

  /** For who judges a packet. */
  get enforced(): Pick<Enforcer, "wanted" | "world"> {
    return this.#enforcer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#enforcer.close();
    this.component[Symbol.dispose]();
    await this.closeEngine();
    this.attachments[Symbol.dispose]();
    this.kernel.close();
  }

  /** What the rules need beside them. */
  #ensure(): void {
    const about = "net.bridge";
    const { why, switched } = ensureBridgeFilter();
    if (why !== undefined) return this.#enforcer.take({ tell: "trouble", about, why });
    this.#enforcer.take({ tell: "well", about });
    if (switched.length === 0) return;
    this.log.line("info", "packets of bridges are judged from now on", { switched: switched.join(", ") });
  }

  async #listen(signal: AbortSignal): Promise<void> {
    const group = this.options.log?.group;
    if (group === undefined) return;
    const told = ({ message }: Error) => this.log.line("warn", message);
    await untilDone(() => this.#listenTo(group, signal), told, signal).catch((error) => {
      if (!signal.aborted) throw error;
    });
  }

  async #listenTo(group: number, signal: AbortSignal): Promise<void> {
    const packets = new PacketLog(currentNamespace(), group, COPIED);
    const close = () => packets.close();
    signal.addEventListener("abort", close);
    try {
      while (!packets.closed) {
        const read = await packets.read();
        const { wanted, world } = this.#enforcer;
        for (const packet of read ?? []) {
          const drop = readDrop(packet, wanted, (address) => world.podOf(address), Date.now());
          if (drop === undefined) continue;
          const { write, others } = this.#drops.add(drop);
          if (write) this.log.line("info", `dropped ${dropLine(drop)}`, others > 0 ? { unwritten: others } : {});
        }
      }
    } finally {
      signal.removeEventListener("abort", close);
      packets.close();
    }
  }
}

function openSource(source: PolicyOptions["source"]): Source {
  if (source.type === "folder") return new FolderSource(source.path);
  return new KubernetesSource(source.kubeconfig === undefined ? inCluster() : fromKubeconfig(source.kubeconfig));
}

/** Yields whenever somebody else has changed the table, or may have. */
async function* changesOf(kernel: KernelRuleset, signal: AbortSignal): AsyncGenerator<void> {
  const watch = new TableWatch(currentNamespace(), kernel);
  const close = () => watch.close();
  signal.addEventListener("abort", close);
  try {
    while (!signal.aborted) if (await watch.wait(WATCH_MS) !== undefined) yield;
  } finally {
    signal.removeEventListener("abort", close);
    watch.close();
  }
}
