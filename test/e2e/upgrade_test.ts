// A node with fifty pods gets the next version and the last one back, while pods talk to each other and come and go.

import { assert, assertEquals } from "@std/assert";
import { Agent } from "../lab/agent.ts";
import { type Attachment, type Config, type Result, succeed } from "../lab/cni_call.ts";
import { ContinuousPing } from "../lab/continuous_ping.ts";
import { Installation, NEXT_VERSION } from "../lab/installation.ts";
import { labTestNeeding } from "../lab/isolation.ts";
import { Node } from "../lab/node.ts";
import { assertNothingLeft, comesTo } from "./agents.ts";
import { attachment, bridgeNetwork } from "./networks.ts";
import { entryMissing } from "./targets.ts";

const PODS = 50;
/** Pairs of pods that talk: a sample, as every pair has processes. */
const PAIRS = 8;

/** A pod with its attachment, and what the ADD answered. */
interface Pod {
  readonly at: Attachment & { netns: Awaited<ReturnType<Node["pod"]>> };
  readonly result: Result;
}

class Upgrade {
  readonly #network: Config;
  constructor(readonly installation: Installation, readonly node: Node) {
    this.#network = bridgeNetwork(node, { ipMasq: true });
  }

  async add(): Promise<Pod> {
    const netns = await this.node.pod();
    const at = { ...attachment(netns), netns };
    return { at, result: await succeed(this.installation.target, this.node, "ADD", this.#network, at) };
  }

  async check({ at, result }: Pod): Promise<void> {
    await succeed(this.installation.target, this.node, "CHECK", { ...this.#network, prevResult: result }, at);
  }

  async remove({ at }: Pod): Promise<void> {
    await succeed(this.installation.target, this.node, "DEL", this.#network, at);
  }

  /** Installs while pods come and go. @returns how many came and went, all without an error */
  async installWhilePodsComeAndGo(dist?: string): Promise<number> {
    let installing = true;
    const installed = this.installation.install(dist).finally(() => installing = false);
    let pods = 0;
    const coming = (async () => {
      for (; installing; pods++) {
        const pod = await this.add();
        await this.check(pod);
        await this.remove(pod);
      }
    })();
    // Both have ended before either's failure is told: the installation's folder is in use until then.
    for (const each of await Promise.allSettled([installed, coming])) if (each.status === "rejected") throw each.reason;
    return pods;
  }

  version = async () => (await this.installation.json<{ cnidaria: string }>("version")).cnidaria;
  state = async () => [await this.installation.json("leases"), await this.installation.json("attachments")];
  agent = () => Agent.start(this.installation.target, this.node);
}

const address = ({ result }: Pod) => result.ips![0]!.address.split("/")[0]!;

/** Four at a time. */
async function each<T, R>(items: readonly T[], body: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let i = 0; i < items.length; i += 4) results.push(...await Promise.all(items.slice(i, i + 4).map(body)));
  return results;
}

Deno.test({
  ...labTestNeeding("upgrade: fifty pods notice neither the next version nor the way back", entryMissing()),
  fn: async () => {
    await using node = await Node.create();
    await using installation = await Installation.create(node);
    const upgrade = new Upgrade(installation, node);
    await installation.install();
    const before = await upgrade.version();
    await using pings = new AsyncDisposableStack();

    await using first = await upgrade.agent();
    const pods = await each(Array.from({ length: PODS }), () => upgrade.add());
    const talks = Array.from(
      { length: PAIRS },
      (_, i) => pings.use(ContinuousPing.start(pods[PODS - 1 - 2 * i]!.at.netns, address(pods[PODS - 2 - 2 * i]!))),
    );
    const state = await upgrade.state();
    assertEquals((state[0] as unknown[]).length, PODS);

    // The agent of before still runs, as it does until its service is restarted.
    assert(await upgrade.installWhilePodsComeAndGo(await installation.nextBuild()) > 0, "no pod came meanwhile");
    assertEquals([before === NEXT_VERSION, await upgrade.version()], [false, NEXT_VERSION]);
    assertEquals(await upgrade.state(), state);
    assertEquals((await first.end()).code, 0);
    await using second = await upgrade.agent();
    await each(pods, (pod) => upgrade.check(pod));
    await comesTo(second, "cnidaria_calls_total", { command: "CHECK", result: "ok" }, PODS);
    await each(pods.splice(0, 8), (pod) => upgrade.remove(pod));
    pods.push(...await each(Array.from({ length: 8 }), () => upgrade.add()));
    const stateOfNext = await upgrade.state();

    assert(await upgrade.installWhilePodsComeAndGo() > 0, "no pod came meanwhile");
    assertEquals(await upgrade.version(), before);
    assertEquals(await upgrade.state(), stateOfNext);
    assertEquals((await second.end()).code, 0);
    await using _third = await upgrade.agent();
    await each(pods, (pod) => upgrade.check(pod));
    for (const talk of talks) {
      const { answered, lost } = await talk.end();
      assertEquals(lost, [], talk.name);
      assert(answered > 20, `${talk.name}: ${answered} answers\n${talk.daemon.log.slice(-500)}`);
    }
    await each(pods, (pod) => upgrade.remove(pod));
    assertEquals(await upgrade.state(), [[], []]);
    await assertNothingLeft(node);
  },
});
