// A node on which one scenario is tried with faults: what it looks like before, and what it has to look like after.

import type { Command, Config } from "../lab/cni_call.ts";
import type { Namespace } from "../lab/namespace.ts";
import { Node } from "../lab/node.ts";
import { type Fault, type FaultyOutcome, type FaultyProgram, type Place } from "./faulty_program.ts";
import type { Scenario } from "./scenarios.ts";
import { difference, poolFaults, snapshot } from "./snapshot.ts";

/** Milliseconds for what the kernel does on its own: a bridge without ports goes down a moment later. */
const SETTLE_MS = 3_000;
const POLL_MS = 40;

/** What the calls of a sweep have in common. */
export interface Sweep {
  readonly program: FaultyProgram;
  readonly scenario: Scenario;
  readonly engine: "wasmtime" | "v8";
  /** Whether another pod is attached all the time. Else the node has nothing before, and nothing after. */
  readonly shared: boolean;
}

/** Lives as long as its `await using` scope. */
export class SweepNode implements AsyncDisposable {
  /** Before any call but one ADD and DEL. */
  before: readonly string[] = [];

  private constructor(
    readonly sweep: Sweep,
    readonly node: Node,
    readonly pod: Namespace,
    readonly other: Namespace | undefined,
  ) {}

  static async create(sweep: Sweep): Promise<SweepNode> {
    const node = await Node.create();
    // What stays after the last pod, as it does with upstream's plugins.
    const forwarding = ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"];
    await node.namespace.must(["sysctl", "-qw", ...forwarding]);
    const { device } = sweep.scenario;
    if (device !== undefined) {
      await node.namespace.ip(`link add ${device} up type veth peer name far`);
      await node.namespace.ip("link set far up");
    }
    const other = sweep.shared ? await node.pod() : undefined;
    const self = new SweepNode(sweep, node, await node.pod(), other);
    if (other !== undefined) await self.#attachOther(other);
    await self.succeed("ADD");
    await self.succeed("DEL");
    await self.reset();
    self.before = await self.#stable();
    return self;
  }

  get place(): Place {
    return { node: this.node, pod: this.pod, containerId: "subject", ifname: this.sweep.scenario.ifname };
  }

  call(command: Command, faults: readonly Fault[] = []): Promise<FaultyOutcome> {
    const { program, scenario: { config, ifname }, engine } = this.sweep;
    const others = this.other === undefined ? [] : [{ containerID: "other", ifname }];
    const given: Config = command === "GC" ? { ...config, "cni.dev/valid-attachments": others } : config;
    return program.call(this.place, command, given, { faults, engine });
  }

  async succeed(command: Command): Promise<FaultyOutcome> {
    const outcome = await this.call(command);
    if (outcome.code === 0) return outcome;
    throw new Error(`${command} ended with ${outcome.code}: ${outcome.stdout}${outcome.stderr}`);
  }

  /** How the node differs from a reference, after the kernel has had time to come to rest; and faults of its pools. */
  async differs(from: readonly string[]): Promise<string[]> {
    const deadline = performance.now() + SETTLE_MS;
    for (;;) {
      const lines = [...difference(from, await this.#snapshot()), ...poolFaults(this.node.stateDirectory)];
      if (lines.length === 0 || performance.now() > deadline) return lines;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Takes away what stays legitimately after an ADD that succeeded: the bridge, if no other pod has it. */
  async reset(): Promise<void> {
    const { scenario: { shared }, shared: isShared } = this.sweep;
    if (shared !== undefined && !isShared) await this.node.namespace.run(["ip", "link", "delete", shared]);
  }

  /** Whether the other pod still reaches its gateway. */
  async otherIsWell(): Promise<boolean> {
    const { gateway } = this.sweep.scenario;
    return this.other === undefined || gateway === undefined || await this.other.ping(gateway);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.node[Symbol.asyncDispose]();
  }

  async #attachOther(other: Namespace): Promise<void> {
    const { program, scenario, engine } = this.sweep;
    const place = { ...this.place, pod: other, containerId: "other" };
    const outcome = await program.call(place, "ADD", scenario.other ?? scenario.config, { engine });
    if (outcome.code !== 0) throw new Error(`ADD of the other pod: ${outcome.stdout}${outcome.stderr}`);
  }

  #snapshot(): Promise<string[]> {
    return snapshot(this.node.namespace, [this.pod], this.node.stateDirectory);
  }

  /** A snapshot that is still the same a while later. */
  async #stable(): Promise<string[]> {
    for (let last = await this.#snapshot();;) {
      await new Promise((resolve) => setTimeout(resolve, 400));
      const now = await this.#snapshot();
      if (difference(last, now).length === 0) return now;
      last = now;
    }
  }
}
