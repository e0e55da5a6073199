// A node in memory on which plugins run as on a real one: the component in its engine, the gate with its grants, the
// journal, the ledger, the undo. No root, no kernel; a verb takes milliseconds.

import type { AttachmentId } from "cnidaria:cni/types@0.3.0";
import { parseConfig } from "../cni/config.ts";
import { CniFailure } from "../cni/failure.ts";
import { patientCaller } from "../cni/caller.ts";
import { type CniParameters, parseEnvironment } from "../cni/environment.ts";
import { resultFromJson } from "../cni/result.ts";
import { stepsOf } from "../cni/steps_of.ts";
import { selectVersion } from "../cni/version.ts";
import type { Engine } from "../engine/engine.ts";
import { PluginLoader } from "../plugin/component.ts";
import type { CallContext, CallPlace } from "../plugin/host_context.ts";
import { hasPlugin } from "../plugin/registry.ts";
import type { CallTrace } from "../plugin/trace.ts";
import { add } from "../transaction/add.ts";
import { contextOf, MemoryChanges, noChanges, runnerOf } from "../transaction/attachment_call.ts";
import type { Call } from "../transaction/call.ts";
import { check } from "../transaction/check.ts";
import { del } from "../transaction/del.ts";
import { loadSteps, runStep } from "../transaction/steps.ts";
import { CallRecorder, type HostCall, type VerbRun } from "./call_recorder.ts";
import { type FaultOptions, Faults } from "./faults.ts";
import type { Ground } from "./ground.ts";
import { type HostFunctions, hostFunctions } from "./host_functions.ts";
import { type BuiltPlugin, makeLibFolder } from "./lib_folder.ts";
import { MemoryGround } from "./memory_ground.ts";
import { leaseLines, namespaceLines, withoutChance } from "./state_lines.ts";
import { type Config, type PodOptions, TestPod } from "./test_pod.ts";

/** What a test's node is made of. */
export interface TestNodeParts {
  readonly engine: Engine;
  /** Folder of what came with cnidaria: its components serve as IPAM plugins, and in chains. */
  readonly dist: string;
  /** The plugins under test. */
  readonly plugins: readonly BuiltPlugin[];
  /** In memory, unless given. */
  ground?(place: CallPlace): Ground;
}

type Command = Exclude<CniParameters["command"], "VERSION">;

export class TestNode implements Disposable {
  /** Lines that plugins wrote to the log: `warn: bridge: …`. */
  readonly logged: string[] = [];
  readonly #directory = Deno.makeTempDirSync({ prefix: "cnidaria-node-" });
  readonly #faults = new Faults();
  readonly #parts: TestNodeParts;
  readonly #ground: Ground;
  readonly #loader: PluginLoader;
  #recorder = new CallRecorder();
  /** Of what the test itself calls, by pod. */
  readonly #contexts = new Map<string, CallContext>();

  constructor(parts: TestNodeParts) {
    this.#parts = parts;
    const lib = `${this.#directory}/lib`;
    Deno.mkdirSync(this.#stateDir, { mode: 0o700 });
    makeLibFolder(lib, parts.dist, parts.plugins);
    this.#loader = new PluginLoader(lib, this.#stateDir, () => Promise.resolve(parts.engine), this.#recorder);
    this.#ground = parts.ground?.(this.#node) ?? new MemoryGround(this.#node);
  }

  get #stateDir(): string {
    return `${this.#directory}/state`;
  }

  /** A pod with a network namespace of its own. @param containerId CNI_CONTAINERID */
  pod(containerId = "pod1", options: PodOptions = {}): TestPod {
    this.#ground.addPod(containerId);
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

  /** The verbs of plugins that the last verb came to, with their host calls: a plugin before its delegates. */
  get runs(): readonly VerbRun[] {
    return this.#recorder.runs;
  }

  /** What the last verb did, as the call log would have it. */
  get trace(): CallTrace {
    return this.#recorder.data;
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
   * The node's kernel is one without this from now on: a kind of links (`bridge`, `vxlan`, `macvlan`, `veth`,
   * `ifb`), a part of traffic control (`tbf`, `ingress`, `u32`, `mirred`, `police`), `vlan-filtering` of bridges, or
   * `rules`.
   */
  lacks(...what: readonly string[]): void {
    for (const each of what) this.#ground.lacks(each);
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
    const { pods } = this.#ground;
    const ofHost = this.#with(undefined, (context) => namespaceLines(context, "host", "host"));
    const ofPods = pods.flatMap((pod) => {
      this.#ground.enter(pod);
      return this.#with(pod, (context) => namespaceLines(context, "container", pod));
    });
    const lines = [
      ...ofHost,
      ...ofPods,
      ...this.#with(undefined, leaseLines),
      ...this.#ground.otherLines(),
    ];
    return withoutChance(lines, (mac) => this.#ground.isChance(mac));
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
    this.#recorder = new CallRecorder(performance.now());
    this.#describe(command, pod, own);
    const call = this.#callOf(command, pod, own, valid);
    if (pod !== undefined) this.#ground.enter(pod.containerId);
    try {
      return await this.#run(command, call);
    } catch (error) {
      if (error instanceof CniFailure) this.#recorder.data.error = { code: error.code, message: error.message };
      throw error;
    } finally {
      this.#recorder.end();
      this.#tellFuel();
    }
  }

  #describe(command: Command, pod: TestPod | undefined, own: Config): void {
    const { data } = this.#recorder;
    const { containerId = "", ifname = "" } = pod ?? {};
    const type = String(own["type"] ?? this.#parts.plugins[0]?.name);
    Object.assign(data, {
      command,
      attachment: { network: String(own["name"] ?? "net"), containerId, ifname },
      plugins: [type],
      engine: this.#parts.engine.name,
    });
  }

  /** For `cnidaria plugin test`. */
  #tellFuel(): void {
    const path = Deno.env.get("CNIDARIA_FUEL_FILE");
    if (path === undefined) return;
    const lines = this.#recorder.verbs().map((used) => `${JSON.stringify(used)}\n`);
    Deno.writeTextFileSync(path, lines.join(""), { append: true });
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
    const key = pod === undefined ? "" : `${pod.containerId}/${pod.ifname}`;
    if (pod !== undefined) this.#ground.enter(pod.containerId);
    let context = this.#contexts.get(key);
    if (context === undefined) {
      context = this.#ground.contextOf(this.#placeOf(pod), { append: () => {} }, pod?.containerId);
      this.#contexts.set(key, context);
    }
    return hostFunctions(context);
  }

  netnsOf(pod: AttachmentId): string {
    return this.#ground.netnsOf(pod.containerId);
  }

  endPod(pod: AttachmentId): void {
    for (const [key, context] of this.#contexts) {
      if (!key.startsWith(`${pod.containerId}/`)) continue;
      context.close();
      this.#contexts.delete(key);
    }
    this.#ground.removePod(pod.containerId);
  }

  [Symbol.dispose](): void {
    for (const context of this.#contexts.values()) context.close();
    this.#loader.close();
    this.#ground.close();
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
    const plan = this.#ground.plan(pod?.containerId);
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
      ...plan !== undefined && { plan },
    };
  }

  #parametersOf(command: Command, pod: TestPod | undefined): CniParameters {
    const args = Object.entries(pod?.args ?? {}).map(([key, value]) => `${key}=${value}`).join(";");
    const environment: Record<string, string> = {
      CNI_COMMAND: command,
      CNI_CONTAINERID: pod?.containerId ?? "",
      CNI_NETNS: pod === undefined ? "" : this.#ground.netnsOf(pod.containerId),
      CNI_IFNAME: pod?.ifname ?? "",
      CNI_ARGS: args,
      CNI_PATH: "/nowhere",
    };
    return parseEnvironment((name) => environment[name]);
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
    const context = this.#ground.contextOf(this.#node, { append: () => {} }, pod);
    try {
      return run(context);
    } finally {
      context.close();
    }
  }
}
