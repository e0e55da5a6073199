// 250 pods at once on one node, at most 32 calls at a time: ADDs and DELs, some of them killed with SIGKILL at a random
// moment. No address is given twice, every pod that lives reaches its gateway, and nothing is left in the end.

import { assertEquals } from "@std/assert";
import { ours } from "../e2e/targets.ts";
import { call, type Command, type Config, type Target } from "../lab/cni_call.ts";
import type { Outcome } from "../lab/command.ts";
import { labTest } from "../lab/isolation.ts";
import type { Namespace } from "../lab/namespace.ts";
import { Node } from "../lab/node.ts";
import { randomNumbers, seedOfRun } from "./random.ts";
import { difference, poolFaults, snapshot } from "./snapshot.ts";

const PODS = 250;
const AT_ONCE = 32;
const GATEWAY = "10.40.0.1";

const config: Config = {
  cniVersion: "1.1.0",
  name: "storm",
  type: "bridge",
  bridge: "cni0",
  isDefaultGateway: true,
  ipMasq: true,
  ipMasqBackend: "nftables",
  ipam: { type: "host-local", ranges: [[{ subnet: "10.40.0.0/23" }], [{ subnet: "fd00:40::/64" }]] },
};

/** What happens to a pod: it stays; it goes; its ADD, or its DEL, is killed, and DEL comes after that. */
type Fate = "stays" | "goes" | "add is killed" | "del is killed";

function fateOf(number: number): Fate {
  if (number < 0.5) return "stays";
  if (number < 0.7) return "goes";
  return number < 0.88 ? "add is killed" : "del is killed";
}

Deno.test({
  ...labTest(`${PODS} pods, ${AT_ONCE} calls at a time, with kills: no address twice, and nothing left`),
  fn: async () => {
    const seed = seedOfRun();
    await using node = await Node.create();
    await node.namespace.must(["sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"]);
    const storm = new Storm(await ours("wasmtime").ready(), node, randomNumbers(seed));
    const before = await storm.state();
    const pods = await Promise.all(Array.from({ length: PODS }, () => storm.slot(() => node.pod())));
    const began = performance.now();
    await Promise.all(pods.map((pod, index) => storm.live(pod, `c${index}`)));
    const living = [...storm.living.keys()];
    const answers = await Promise.all(living.map((pod) => storm.slot(() => pod.ping(GATEWAY))));
    const books = poolFaults(node.stateDirectory);
    await Promise.all(living.map((pod) => storm.leave(pod)));
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    const line =
      `storm, seed ${seed}: ${storm.calls} calls for ${PODS} pods, ${storm.kills} killed, ${living.length} ` +
      `pods lived, ${seconds} s\n`;
    await Deno.stderr.write(new TextEncoder().encode(line));
    const silent = living.filter((_, index) => !answers[index]).map(({ name }) => name);
    assertEquals([storm.problems, silent, books], [[], [], []], `seed ${seed}`);
    // The bridge stays for the next pod, as upstream's does.
    await node.namespace.run(["ip", "link", "delete", "cni0"]);
    assertEquals(difference(before, await storm.state()), [], `seed ${seed}`);
    assertEquals(poolFaults(node.stateDirectory), []);
    const links = await Promise.all(pods.map((pod) => storm.slot(() => pod.must(["ip", "-br", "link", "show"]))));
    assertEquals(links.filter((text) => !/^lo [^\n]*\n$/.test(text)), [], `seed ${seed}`);
  },
});

class Storm {
  /** Addresses of the pods that are attached. */
  readonly living = new Map<Namespace, { id: string; addresses: string[] }>();
  readonly problems: string[] = [];
  calls = 0;
  kills = 0;
  /** Milliseconds that calls have taken of late. */
  #typical = 1000;
  #free = AT_ONCE;
  readonly #waiting: (() => void)[] = [];

  constructor(readonly target: Target, readonly node: Node, readonly random: () => number) {}

  state(): Promise<string[]> {
    return snapshot(this.node.namespace, [], this.node.stateDirectory);
  }

  async live(pod: Namespace, id: string): Promise<void> {
    const fate = fateOf(this.random());
    const [moment, second] = [this.random(), this.random()];
    if (fate === "add is killed") {
      await this.#kill("ADD", pod, id, moment);
      await this.#must("DEL", pod, id);
      return;
    }
    const outcome = await this.#must("ADD", pod, id);
    if (outcome.code !== 0) return;
    this.#arrive(pod, id, outcome.stdout);
    if (fate === "stays") return;
    this.living.delete(pod);
    if (fate === "del is killed") await this.#kill("DEL", pod, id, second);
    await this.#must("DEL", pod, id);
  }

  async leave(pod: Namespace): Promise<void> {
    await this.#must("DEL", pod, this.living.get(pod)!.id);
  }

  /** Runs when one of the slots is free. */
  async slot<T>(run: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await run();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }

  #arrive(pod: Namespace, id: string, stdout: string): void {
    const { ips } = JSON.parse(stdout) as { ips: { address: string }[] };
    const addresses = ips.map(({ address }) => address);
    for (const other of this.living.values()) {
      const twice = addresses.filter((address) => other.addresses.includes(address));
      if (twice.length > 0) this.problems.push(`${id} and ${other.id} both have ${twice.join(" ")}`);
    }
    this.living.set(pod, { id, addresses });
  }

  #must(command: Command, pod: Namespace, containerId: string): Promise<Outcome> {
    return this.slot(async () => {
      this.calls++;
      const began = performance.now();
      const outcome = await call(this.target, this.node, command, config, { containerId, ifname: "eth0", netns: pod });
      this.#typical = 0.9 * this.#typical + 0.1 * (performance.now() - began);
      if (outcome.code !== 0) this.problems.push(`${command} of ${containerId}: ${outcome.stdout}${outcome.stderr}`);
      return outcome;
    });
  }

  /** @param moment as a part of what a call takes */
  #kill(command: Command, pod: Namespace, containerId: string, moment: number): Promise<void> {
    return this.slot(async () => {
      this.calls++;
      const child = this.node.namespace.start([`${this.target.directory}/${config.type}`], {
        input: JSON.stringify(config),
        env: {
          ...this.target.environment(this.node),
          CNI_COMMAND: command,
          CNI_CONTAINERID: containerId,
          CNI_IFNAME: "eth0",
          CNI_NETNS: pod.path,
          CNI_PATH: this.target.directory,
        },
      });
      const timer = setTimeout(() => {
        try {
          child.kill("SIGKILL");
        } catch {
          // It has ended just before.
        }
      }, moment * this.#typical);
      const { signal } = await child.output();
      clearTimeout(timer);
      if (signal === "SIGKILL") this.kills++;
    });
  }
}
