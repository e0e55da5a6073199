// One contestant on a node of its own.

import { attachment, bridgeNetwork, hostLocal } from "../e2e/networks.ts";
import { type Attachment, type Config, invocation, type Result } from "../lab/cni_call.ts";
import { Node } from "../lab/node.ts";
import type { Namespace } from "../lab/namespace.ts";
import { Agent, NoAgent } from "../lab/agent.ts";
import type { BatchAnswer, CallAnswer } from "./batch.ts";
import { Caller } from "./caller.ts";
import type { Contestant } from "./contestants.ts";
import type { Command } from "./figures.ts";

/** Everything that it started and made is gone at the end of its `await using` scope. */
export class Lane implements AsyncDisposable {
  readonly contestant: Contestant;
  readonly node: Node;
  readonly #caller: Caller;
  readonly #stack: AsyncDisposableStack;
  #agent: Agent | undefined;

  private constructor(contestant: Contestant, node: Node, caller: Caller, stack: AsyncDisposableStack) {
    this.contestant = contestant;
    this.node = node;
    this.#caller = caller;
    this.#stack = stack;
  }

  /** @param stop ends it early */
  static async create(contestant: Contestant, stop: AbortSignal): Promise<Lane> {
    await using stack = new AsyncDisposableStack();
    const node = stack.use(await Node.create());
    const caller = stack.use(await Caller.create(node, stop));
    return new Lane(contestant, node, caller, stack.move());
  }

  network(subnets: readonly string[], ipMasq: boolean): Config {
    const { keys } = this.contestant;
    return bridgeNetwork(this.node, { ipMasq, ipam: hostLocal(this.node, subnets), ...(ipMasq ? keys : {}) });
  }

  /** One call that has to succeed. */
  async call(command: Command, network: Config, at: Attachment): Promise<CallAnswer> {
    const { answers: [answer] } = await this.calls(command, network, [at], 1);
    if (answer!.code === 0) return answer!;
    const { code, stdout, stderr } = answer!;
    throw new Error(`Cannot ${command} with ${this.contestant.label} as it ended with ${code}: ${stdout}${stderr}`);
  }

  /** Calls for many attachments, some of which may fail. */
  calls(command: Command, network: Config, at: readonly Attachment[], parallel: number): Promise<BatchAnswer> {
    const { target } = this.contestant;
    const calls = at.map((one) => invocation(target, this.node, command, network, one));
    return this.#caller.run({ calls, parallel });
  }

  /**
   * Starts the agent of a contestant that has one, and makes sure that calls go through it.
   *
   * @throws {NoAgent}
   */
  async startAgent(network: Config, pod: Namespace): Promise<void> {
    if (!this.contestant.agent) return;
    this.#agent = this.#stack.use(await Agent.start(this.contestant.target, this.node));
    const before = this.#agent.ticks();
    const at = attachment(pod);
    await this.call("ADD", network, at);
    await this.call("DEL", network, at);
    if (this.#agent.ticks() === before) throw new NoAgent("calls do not go through it");
  }

  memory(): ReturnType<Agent["memory"]> | undefined {
    return this.#agent?.memory();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** The addresses that an ADD gave, without prefix. */
export function addressesOf({ stdout }: CallAnswer): string[] {
  return ((JSON.parse(stdout) as Result).ips ?? []).map(({ address }) => address.replace(/\/.*/, ""));
}
