// The agent as a service: what it tells the manager, a socket that outlives it, and how it ends in the middle of calls.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Agent } from "../lab/agent.ts";
import { call, type Config, fail, succeed, type Target } from "../lab/cni_call.ts";
import { HeldSocket } from "../lab/held_socket.ts";
import type { Node } from "../lab/node.ts";
import { NotifySocket } from "../lab/notify_socket.ts";
import { agentTest, assertNothingLeft, comesTo, linesOf, noBash, withEnvironment } from "./agents.ts";
import { link } from "./kernel.ts";
import type { Namespace } from "../lab/namespace.ts";
import { attachment, bridgeNetwork } from "./networks.ts";

const BACKLOG = 64;
const socketOf = (node: Node) => `${node.directory}/agent.sock`;
const isSocket = (path: string) => Deno.stat(path).then((it) => it.isSocket === true, () => false);
/** Calls that wait for the next agent, however slow the machine is. */
const patient = (target: Target) => withEnvironment(target, { CNIDARIA_AGENT_TAKE_MS: "20000" });

for (const kind of ["a path", "an abstract name"]) {
  agentTest(`the service manager is told of its beginning, its life and its end, at ${kind}`, async (target, node) => {
    const address = kind === "a path" ? `${node.directory}/notify` : "@cnidaria-notify";
    using manager = new NotifySocket(address, node.namespace.path);
    const env = { NOTIFY_SOCKET: address, WATCHDOG_USEC: "100000" };
    await using agent = await Agent.start(target, node, [], { env });
    await manager.until("READY=1");
    await manager.until("WATCHDOG=1");
    assertEquals(manager.received().includes("STOPPING=1"), false);
    assertEquals((await agent.end()).code, 0);
    const told = manager.received().filter((it) => it !== "WATCHDOG=1");
    assertEquals(told, ["READY=1", "STOPPING=1"]);
  });
}

agentTest(
  "a call that comes while no agent runs waits for the next, where the socket is held",
  async (target, node) => {
    using socket = new HeldSocket(socketOf(node), BACKLOG);
    const network = bridgeNetwork(node);
    const at = attachment(await node.pod());
    const waiting = succeed(patient(target), node, "ADD", network, at);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assertEquals(await link(at.netns as Namespace, "eth0"), undefined);
    await using agent = await Agent.start(target, node, [], { listener: socket.fd });
    const { ips } = await waiting;
    assertEquals(ips![0]!.address, "10.22.0.2/24");
    await comesTo(agent, "cnidaria_calls_total", { command: "ADD", result: "ok" }, 1);
    const { code, log } = await agent.end();
    assertEquals([code, await isSocket(socketOf(node))], [0, true]);
    const [ready, add] = linesOf(log);
    assertEquals([ready!.socket, add!.command], ["inherited", "ADD"]);
    assert(Number(add!.waitedMs) > 300, JSON.stringify(add));
    await using _next = await Agent.start(target, node, [], { listener: socket.fd });
    await succeed(patient(target), node, "DEL", network, at);
    await assertNothingLeft(node);
  },
  noBash,
);

agentTest("call after call leaves no thread and no descriptor", async (target, node) => {
  await using agent = await Agent.start(target, node, ["--threads", "1", "--gc-interval", "0"]);
  const [network, pod] = [bridgeNetwork(node, { ipMasq: true }), await node.pod()];
  const rounds = async (count: number) => {
    for (let calls = 0; calls < count; calls++) {
      const at = attachment(pod);
      await succeed(patient(target), node, "ADD", network, at);
      await fail(patient(target), node, "ADD", network, at);
      await succeed(patient(target), node, "DEL", network, at);
    }
  };
  const count = (folder: string) => [...Deno.readDirSync(`/proc/${agent.pid}/${folder}`)].length;
  await rounds(3);
  const before = { descriptors: count("fd"), threads: count("task") };
  await rounds(30);
  const after = { descriptors: count("fd"), threads: count("task") };
  // Other threads may have come meanwhile, with what they keep.
  const grown = { descriptors: after.descriptors - before.descriptors, threads: after.threads - before.threads };
  assert(grown.descriptors < 24 && grown.threads < 12, JSON.stringify({ before, after }));
  await comesTo(agent, "cnidaria_calls_total", { command: "DEL", result: "ok" }, 33);
  await assertNothingLeft(node);
});

agentTest("where components run on v8 it leaves the calls to the host, which is faster", async (target, node) => {
  const v8 = withEnvironment(target, { CNIDARIA_ENGINE: "v8" });
  await using agent = await Agent.start(v8, node);
  const [network, at] = [bridgeNetwork(node), attachment(await node.pod())];
  await succeed(v8, node, "ADD", network, at);
  await succeed(v8, node, "DEL", network, at);
  await comesTo(agent, "cnidaria_declined_total", {}, 2);
});

/** What becomes of agents while calls run; each time so many calls have come to an end. */
const RESTARTS: readonly (readonly [calls: number, signal: Deno.Signal])[] = [
  [6, "SIGTERM"],
  [18, "SIGTERM"],
  [30, "SIGKILL"],
  [42, "SIGTERM"],
];
const CALLS = 60;
const AT_ONCE = 8;

for (const held of [true, false]) {
  const how = held ? "whose socket is held" : "that listens itself";
  agentTest(`ADDs and DELs go on while an agent ${how} is restarted and killed`, async (target, node) => {
    using socket = held ? new HeldSocket(socketOf(node), BACKLOG) : undefined;
    const start = () => Agent.start(target, node, [], socket && { listener: socket.fd });
    const network = bridgeNetwork(node, { ipMasq: true });
    const storm = new Storm(held ? patient(target) : target, node, network);
    const pods = await Promise.all(Array.from({ length: 2 * AT_ONCE }, () => node.pod()));
    const logs: string[] = [];
    let agent = await start();
    await using _ = { [Symbol.asyncDispose]: async () => void await agent.end() };
    const restarts = (async () => {
      for (const [calls, signal] of RESTARTS) {
        await storm.reached(calls);
        const { code, log } = await agent.end(signal);
        logs.push(log);
        if (signal === "SIGTERM") assertEquals(code, 0, log);
        agent = await start();
      }
    })().finally(() => storm.mayEnd = true);
    const lives = pods.slice(0, AT_ONCE).map((pod, index) => storm.live(pod, pods[AT_ONCE + index]!));
    await Promise.all([...lives, restarts]);
    const { code, log } = await agent.end();
    logs.push(log);
    assertEquals([code, storm.problems, storm.living], [0, [], new Map()]);
    await assertNothingLeft(node);
    for (const pod of pods) assertEquals(await link(pod, "eth0"), undefined);
    assertEquals(await isSocket(socketOf(node)), held);
    const served = logs.flatMap(linesOf).filter((it) => it.command !== undefined).length;
    // The killed agent's last ones are in no log; those under way the host has done.
    if (held) assert(served >= storm.calls - 2 * AT_ONCE, `${served} of ${storm.calls}`);
    else assert(served > 0);
  }, held ? noBash : undefined);
}

class Storm {
  readonly problems: string[] = [];
  /** Containers by address. */
  readonly living = new Map<string, string>();
  calls = 0;
  mayEnd = false;
  #waiting: { calls: number; resolve: () => void } | undefined;

  constructor(readonly target: Target, readonly node: Node, readonly network: Config) {}

  /** Attaches two pods and removes them, until there were enough calls. */
  async live(one: Namespace, other: Namespace): Promise<void> {
    while (this.calls < CALLS || !this.mayEnd) {
      const attachments = [attachment(one), attachment(other)];
      const given: string[] = [];
      for (const at of attachments) {
        const stdout = await this.#call("ADD", at);
        if (stdout === undefined) return;
        const { ips } = JSON.parse(stdout) as { ips: { address: string }[] };
        const address = ips[0]!.address;
        const owner = this.living.get(address);
        if (owner !== undefined) this.problems.push(`${address} is ${owner}'s, and given to ${at.containerId}`);
        this.living.set(address, at.containerId);
        given.push(address);
      }
      for (const [index, at] of attachments.entries()) {
        this.living.delete(given[index]!);
        if (await this.#call("DEL", at) === undefined) return;
      }
    }
  }

  async #call(command: "ADD" | "DEL", at: ReturnType<typeof attachment>): Promise<string | undefined> {
    const { code, stdout, stderr } = await call(this.target, this.node, command, this.network, at);
    this.calls++;
    if (this.#waiting !== undefined && this.calls >= this.#waiting.calls) this.#waiting.resolve();
    if (code === 0) return stdout;
    this.problems.push(`${command} ${at.containerId}: ${stdout}${stderr}`);
  }

  /** When so many calls have come to an end. */
  async reached(calls: number): Promise<void> {
    if (this.calls >= calls) return;
    await new Promise<void>((resolve) => this.#waiting = { calls, resolve });
    this.#waiting = undefined;
  }
}

/** An IPAM plugin that is an executable, and takes its time; FOLDER gets what it leaves. */
const SLOW_IPAM = `#!/bin/sh
case "$CNI_COMMAND" in
  ADD)
    env > "FOLDER/environment"
    touch "FOLDER/began"
    while [ -e "FOLDER/slow" ]; do sleep 0.05; done
    echo '{"cniVersion":"1.0.0","ips":[{"address":"10.22.0.9/24","gateway":"10.22.0.1"}]}' ;;
esac
`;

/** A network whose ADDs last as long as there is a file `slow`. */
async function slowNetwork(node: Node) {
  const folder = `${node.directory}/slow-ipam`;
  await Deno.mkdir(folder);
  await Deno.writeTextFile(`${folder}/slow-ipam`, SLOW_IPAM.replaceAll("FOLDER", folder), { mode: 0o755 });
  await Deno.writeTextFile(`${folder}/slow`, "");
  const began = async () => {
    while (!await Deno.stat(`${folder}/began`).then(() => true, () => false)) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const goOn = () => Deno.remove(`${folder}/slow`);
  return { network: bridgeNetwork(node, { ipam: { type: "slow-ipam" } }), extraPath: folder, began, goOn };
}

agentTest("an agent that is told to end finishes the call that runs", async (target, node) => {
  const { network, extraPath, began, goOn } = await slowNetwork(node);
  const env = { NOTIFY_SOCKET: "@nobody", WATCHDOG_USEC: "60000000", SOMETHING: "else" };
  await using agent = await Agent.start(target, node, [], { env });
  const at = attachment(await node.pod());
  const adding = call(target, node, "ADD", network, at, { extraPath });
  await began();
  const ended = agent.end();
  await new Promise((resolve) => setTimeout(resolve, 200));
  assertEquals(await isSocket(socketOf(node)), false, "nobody else is let in");
  await goOn();
  assertEquals(await adding.then(({ code, stderr }) => [code, stderr]), [0, ""]);
  const { code, log } = await ended;
  assertEquals([code, linesOf(log).some((it) => it.message === "ADD done")], [0, true], log);
  // What the service manager told the agent is not for programs that it starts.
  const inherited = await Deno.readTextFile(`${extraPath}/environment`);
  assertEquals(/^(NOTIFY|WATCHDOG)_/m.test(inherited), false, inherited);
  assertMatch(inherited, /^SOMETHING=else$/m);
  await succeed(target, node, "DEL", network, at, { extraPath });
  await assertNothingLeft(node);
});

agentTest("a call for which the agent's end leaves no time is undone, and done by the host", async (target, node) => {
  const { network, extraPath, began, goOn } = await slowNetwork(node);
  await using agent = await Agent.start(target, node, ["--grace", "0"]);
  const at = attachment(await node.pod());
  const adding = call(target, node, "ADD", network, at, { extraPath });
  await began();
  const ended = agent.end();
  await new Promise((resolve) => setTimeout(resolve, 200));
  await goOn();
  const { code, stdout, stderr } = await adding;
  assertEquals(code, 0, stdout + stderr);
  assertMatch(stderr, /the host does the call by itself/);
  assertEquals((await ended).code, 0);
  assert((await link(at.netns as Namespace, "eth0")) !== undefined);
  await succeed(target, node, "DEL", network, at, { extraPath });
  await assertNothingLeft(node);
});
