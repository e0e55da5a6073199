// A node in memory on which plugins run as on a real one: the component in its engine, the gate with its grants, the
// journal, the ledger, the undo. No root, no kernel; a verb takes milliseconds.

import type { AttachmentId } from "cnidaria:cni/types@0.1.0";
import { parseConfig } from "../cni/config.ts";
import { patientCaller } from "../cni/caller.ts";
import { type CniParameters, parseEnvironment } from "../cni/environment.ts";
import { resultFromJson } from "../cni/result.ts";
import { stepsOf } from "../cni/steps_of.ts";
import { selectVersion } from "../cni/version.ts";
import type { Engine } from "../engine/engine.ts";
import { PluginLoader } from "../plugin/component.ts";
import type { CallContext, CallPlace, ChangeSink } from "../plugin/host_context.ts";
import { PlannedContext } from "../plugin/planned_context.ts";
import { hasPlugin } from "../plugin/registry.ts";
import { add } from "../transaction/add.ts";
import { contextOf, MemoryChanges, noChanges, runnerOf } from "../transaction/attachment_call.ts";
import type { Call } from "../transaction/call.ts";
import { check } from "../transaction/check.ts";
import { del } from "../transaction/del.ts";
import { loadSteps, runStep } from "../transaction/steps.ts";
import { CallRecorder, type HostCall } from "./call_recorder.ts";
import { type FaultOptions, Faults } from "./faults.ts";
import { type HostFunctions, hostFunctions } from "./host_functions.ts";
import { type BuiltPlugin, makeLibFolder } from "./lib_folder.ts";
import { MemoryNode, namespaceInMemory } from "./memory_node.ts";
import { elementLine, leaseLines, namespaceLines, withoutChance } from "./state_lines.ts";
import { type Config, type PodOptions, TestPod } from "./test_pod.ts";

/** What a test's node is made of. */
export interface TestNodeParts {
  readonly engine: Engine;
  /** Folder of what came with cnidaria: its components serve as IPAM plugins, and in chains. */
  readonly dist: string;
  /** The plugins under test. */
  readonly plugins: readonly BuiltPlugin[];
}

type Command = Exclude<CniParameters["command"], "VERSION">;

export class TestNode implements Disposable {
  /** Lines that plugins wrote to the log: `warn: bridge: …`. */
  readonly logged: string[] = [];
  readonly #directory = Deno.makeTempDirSync({ prefix: "cnidaria-node-" });
  readonly #memory = new MemoryNode();
  readonly #faults = new Faults();
  readonly #parts: TestNodeParts;
  readonly #loader: PluginLoader;
  #recorder = new CallRecorder();
  /** MACs that the host gave to bridges. */
  readonly #bridgeMacs = new Set<string>();

  constructor(parts: TestNodeParts) {
    this.#parts = parts;
    const lib = `${this.#directory}/lib`;
    Deno.mkdirSync(this.#stateDir, { mode: 0o700 });
    makeLibFolder(lib, parts.dist, parts.plugins);
    this.#loader = new PluginLoader(lib, this.#stateDir, () => Promise.resolve(parts.engine), this.#recorder);
    this.#with(undefined, (context) => this.#memory.boot(context));
  }

  get #stateDir(): string {
    return `${this.#directory}/state`;
  }

  /** A pod with a network namespace of its own. @param containerId CNI_CONTAINERID */
  pod(containerId = "pod1", options: PodOptions = {}): TestPod {
    this.#memory.addPod(containerId);
    return new TestPod(this, containerId, options);
  }

  /** Host calls of the last verb, in the order in which they began. */
  get calls(): readonly HostCall[] {
    return this.#recorder.calls;
  }

  /** `links.createVeth` and so on, of the last verb. */
  get callNames(): string[] {
    return this.calls.map((call) => call.function);
  }

  /** Units of fuel that each plugin's last verb used: the same in every run. Empty on an engine that does not count. */
  get fuel(): Readonly<Record<string, number>> {
    return this.#recorder.fuel();
  }

  /**
   * Makes a host call fail, once.
   *
   * @param which the number of the call from now on (1 is the next), or a function (`links.set`)
   */
  fail(which: number | string, options?: FaultOptions): void {
    this.#faults.add(which, options);
  }

  /** Forgets what `fail` asked for and has not come about. @returns how many faults those were */
  failNoMore(): number {
    return this.#faults.clear();
  }

  /**
   * The node's kernel is one without this from now on: a kind of links (`bridge`, `vxlan`, `macvlan`, `veth`), or
   * `vlan-filtering` of bridges.
   */
  lacks(...what: readonly string[]): void {
    const { links } = this.#memory.kernel.network;
    for (const each of what) {
      if (each === "vlan-filtering") links.vlanFiltering = false;
      else if (!links.kinds.delete(each)) throw new TypeError(`A node in memory has no ${each} that it could lack`);
    }
  }

  /** The host functions, as no grant limits them, for the node itself. */
  get functions(): HostFunctions {
    return this.functionsFor(undefined);
  }

  /**
   * Everything that the node has, as lines: links, addresses, routes, neighbours, leases, nftables, kernel parameters.
   * MACs that no plugin named, and random names, come as `<mac 1>` and `<veth 1>`.
   */
  state(): string[] {
    const { kernel, pods } = this.#memory;
    const ofHost = this.#with(undefined, (context) => namespaceLines(context, "host", "host"));
    const ofPods = pods.flatMap((pod) => {
      this.#memory.enter(pod);
      return this.#with(pod, (context) => namespaceLines(context, "container", pod));
    });
    const lines = [
      ...ofHost,
      ...ofPods,
      ...this.#with(undefined, leaseLines),
      ...kernel.packetFilter().added().map(elementLine),
      ...kernel.setParameters().map((line) => `sysctl ${line.replace(/^container /, "")}`),
    ];
    return withoutChance(lines, (mac) => kernel.chosenMacs.has(mac) || this.#bridgeMacs.has(mac));
  }

  /** GC of the plugin alone: what the host would collect by itself is not. @throws {CniFailure} */
  async gc(config: Config, valid: readonly AttachmentId[]): Promise<void> {
    await this.call("GC", undefined, config, valid);
  }

  /** @throws {CniFailure} */
  async status(config: Config = {}): Promise<void> {
    await this.call("STATUS", undefined, config);
  }

  /** One call. Tests use the verbs of `TestPod`, `gc` and `status`. @throws {CniFailure} */
  async call(command: Command, pod: TestPod | undefined, own: Config, valid: readonly AttachmentId[] = []) {
    this.#recorder = new CallRecorder();
    const call = this.#callOf(command, pod, own, valid);
    if (pod !== undefined) this.#memory.enter(pod.containerId);
    return await this.#run(command, call);
  }

  async #run(command: Command, call: Call): Promise<Record<string, unknown> | void> {
    switch (command) {
      case "ADD":
        return await add(call);
      case "CHECK":
        return await check(call);
      case "DEL":
        return await del(call);
      default:
        return await this.#runVerb(call, command === "GC" ? "gc" : "status");
    }
  }

  functionsFor(pod: TestPod | undefined): HostFunctions {
    if (pod !== undefined) this.#memory.enter(pod.containerId);
    return hostFunctions(this.#contextOf(this.#placeOf(pod), { append: () => {} }, pod?.containerId));
  }

  netnsOf(pod: AttachmentId): string {
    return MemoryNode.netnsOf(pod.containerId);
  }

  endPod(pod: AttachmentId): void {
    this.#memory.removePod(pod.containerId);
  }

  [Symbol.dispose](): void {
    this.#loader.close();
    Deno.removeSync(this.#directory, { recursive: true });
  }

  async #runVerb(call: Call, verb: "gc" | "status"): Promise<void> {
    await loadSteps(call);
    const sink = verb === "gc" ? new MemoryChanges() : noChanges;
    const context = contextOf(call, sink);
    try {
      const runner = runnerOf(call, context, sink, { hasNetns: false });
      for (const step of call.steps) runStep(runner, verb, step, undefined);
    } finally {
      context.close();
    }
  }

  #callOf(command: Command, pod: TestPod | undefined, own: Config, valid: readonly AttachmentId[]): Call {
    const [first] = this.#parts.plugins;
    const type = own["type"] ?? (own["plugins"] === undefined ? first?.name : "cnidaria");
    const { prevResult = pod?.result, ...rest } = own;
    const sent = { cniVersion: "1.1.0", name: "net", ...rest, type };
    const config = parseConfig(JSON.stringify(prevResult === undefined ? sent : { ...sent, prevResult }));
    const parameters = this.#parametersOf(command, pod);
    const hasNetns = pod !== undefined && this.#memory.hasPod(pod.containerId);
    return {
      parameters,
      config,
      version: selectVersion(config.cniVersion, command),
      ...stepsOf("", config, (name) => hasPlugin(this.#loader.libDir, name)),
      prevResult: config.prevResult === undefined
        ? undefined
        : resultFromJson(config.prevResult, parameters.netns, "prevResult"),
      valid,
      stateDir: this.#stateDir,
      runtime: undefined,
      loader: this.#loader,
      trace: this.#recorder,
      log: this.#node.log,
      processEnds: false,
      key: "",
      checkpoint: this.#faults.checkpoint,
      caller: patientCaller,
      plan: {
        contextOf: (place, sink) => this.#contextOf(place, sink, pod?.containerId),
        ...hasNetns && { netnsId: MemoryNode.netnsOf(pod.containerId) },
      },
    };
  }

  #parametersOf(command: Command, pod: TestPod | undefined): CniParameters {
    const args = Object.entries(pod?.args ?? {}).map(([key, value]) => `${key}=${value}`).join(";");
    const environment: Record<string, string> = {
      CNI_COMMAND: command,
      CNI_CONTAINERID: pod?.containerId ?? "",
      CNI_NETNS: pod === undefined ? "" : MemoryNode.netnsOf(pod.containerId),
      CNI_IFNAME: pod?.ifname ?? "",
      CNI_ARGS: args,
      CNI_PATH: "/nowhere",
    };
    return parseEnvironment((name) => environment[name]);
  }

  #contextOf(place: CallPlace, sink: ChangeSink, pod: string | undefined): CallContext {
    const container = pod !== undefined && this.#memory.hasPod(pod) ? namespaceInMemory(pod) : undefined;
    return new PlannedContext(place, sink, { kernel: this.#memory.kernel, container }, (change) => {
      if (change.kind === "link-created" && change.linkKind === "bridge" && change.mac) {
        this.#bridgeMacs.add(change.mac);
      }
    });
  }

  #placeOf(pod: TestPod | undefined): CallPlace {
    const { containerId = "", ifname = "" } = pod ?? {};
    return {
      ...this.#node,
      attachment: { network: "net", containerId, ifname },
      args: Object.entries(pod?.args ?? {}),
    };
  }

  get #node(): CallPlace {
    const write = (level: string, message: string) => void this.logged.push(`${level}: ${message}`);
    return {
      attachment: { network: "net", containerId: "", ifname: "" },
      args: [],
      stateDir: this.#stateDir,
      log: { write, enabled: () => false },
    };
  }

  #with<T>(pod: string | undefined, run: (context: CallContext) => T): T {
    const context = this.#contextOf(this.#node, { append: () => {} }, pod);
    try {
      return run(context);
    } finally {
      context.close();
    }
  }
}
