// What only the agent does: being asked, being absent, dying, ending, being another's; and that a call is made once.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Agent } from "../lab/agent.ts";
import { call, fail, succeed, type Target } from "../lab/cni_call.ts";
import { Namespace } from "../lab/namespace.ts";
import { Node } from "../lab/node.ts";
import { agentTest, comesTo, linesOf, sample, veths, withEnvironment } from "./agents.ts";
import { link } from "./kernel.ts";
import { attachment, bridgeNetwork, hostLocal } from "./networks.ts";

agentTest("it serves calls, says so in its metrics and log, and ends when it is told to", async (target, node) => {
  const agent = await Agent.start(target, node);
  const at = attachment(await node.pod(), { containerId: "one" });
  const network = bridgeNetwork(node);
  await succeed(target, node, "ADD", network, at);
  assertMatch((await fail(target, node, "ADD", network, at)).msg, /attached already/);
  await comesTo(agent, "cnidaria_calls_total", { command: "ADD", result: "ok" }, 1);
  await comesTo(agent, "cnidaria_calls_total", { command: "ADD", result: "error" }, 1);
  await comesTo(
    agent,
    "cnidaria_pool_leases",
    { network: "blue", subnets: "10.22.0.0/24", store: node.leaseDirectory },
    1,
  );
  await comesTo(
    agent,
    "cnidaria_pool_size",
    { network: "blue", subnets: "10.22.0.0/24", store: node.leaseDirectory },
    253,
  );
  assertEquals(await agent.get("/healthz"), { status: 200, text: "ok\n" });
  assertEquals(await agent.get("/readyz"), { status: 200, text: "ok\n" });
  await succeed(target, node, "DEL", network, at);
  const { code, log } = await agent.end();
  assertEquals(code, 0);
  const lines = linesOf(log);
  assertEquals([lines[0]!.message, lines.at(-1)!.message], ["ready", "ended"]);
  const add = lines.find((it) => it.command === "ADD");
  assertEquals([add!.network, add!.containerId, add!.ifname, add!.level], ["blue", "one", "eth0", "info"]);
  assertEquals(await Deno.stat(`${node.directory}/agent.sock`).then(() => true, () => false), false);
});

agentTest("without it, before it, and after it the host serves the same pod", async (target, node) => {
  const network = bridgeNetwork(node, { ipMasq: true });
  const [first, second] = [attachment(await node.pod()), attachment(await node.pod())];
  await succeed(target, node, "ADD", network, first);
  const agent = await Agent.start(target, node);
  await succeed(target, node, "ADD", network, second);
  await succeed(target, node, "DEL", network, first);
  await comesTo(agent, "cnidaria_calls_total", { command: "DEL", result: "ok" }, 1);
  await agent.end("SIGKILL");
  // Its socket is still there, and nobody listens.
  await succeed(target, node, "DEL", network, second);
  assertEquals(await veths(node), []);
  // The next one takes its place.
  await using next = await Agent.start(target, node);
  await succeed(target, node, "ADD", network, first);
  await comesTo(next, "cnidaria_calls_total", { command: "ADD", result: "ok" }, 1);
});

agentTest(
  "pods that come while agents are killed and started all get their network, each once",
  async (target, node) => {
    const network = bridgeNetwork(node, { ipam: hostLocal(node, ["10.22.0.0/24"]) });
    const attachments = [];
    for (let i = 0; i < 24; i++) attachments.push(attachment(await node.pod()));
    let over = false;
    const chaos = (async () => {
      while (!over) {
        const agent = await Agent.start(target, node);
        await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 60));
        await agent.end("SIGKILL");
      }
    })();
    const seen: string[] = [];
    try {
      for (const at of attachments) {
        const { ips } = await succeed(target, node, "ADD", network, at);
        seen.push(ips![0]!.address);
        assert((await link(at.netns as Namespace, "eth0")) !== undefined);
      }
    } finally {
      over = true;
      await chaos;
    }
    assertEquals(new Set(seen).size, attachments.length);
    for (const at of attachments) await succeed(target, node, "DEL", network, at);
    assertEquals(await veths(node), []);
    const left = [...Deno.readDirSync(`${node.stateDirectory}/journal`)].length;
    assertEquals(left, 0);
  },
);

agentTest("the same ADD once more is answered and not made again", async (target, node) => {
  const host = withEnvironment(target, { CNIDARIA_AGENT: "off" });
  const release = await Deno.realPath(`${target.directory}/cnidaria`);
  const hostTarget: Target = { ...host, directory: await keyedHost(node, release) };
  const network = bridgeNetwork(node);
  const at = attachment(await node.pod());
  const keyed = withEnvironment(hostTarget, { CNIDARIA_CALL: "k".repeat(32), CNIDARIA_NAME: "bridge" });
  const first = await succeed(keyed, node, "ADD", network, at);
  const again = await succeed(keyed, node, "ADD", network, at);
  assertEquals(again.ips, first.ips);
  // It has been answered: a third is another one.
  assertMatch((await fail(keyed, node, "ADD", network, at)).msg, /attached already/);
  await succeed(keyed, node, "DEL", network, at);
});

/** A folder in which `bridge` is the release's host, as the entry executes it. */
async function keyedHost(node: Node, entry: string): Promise<string> {
  const directory = `${node.directory}/host`;
  await Deno.mkdir(directory);
  const script = `#!/bin/sh\nexec ${entry.replace(/entry$/, "host")} "$@"\n`;
  await Deno.writeTextFile(`${directory}/bridge`, script, { mode: 0o755 });
  return directory;
}

agentTest("an agent that is stopped in the middle does not keep pods waiting for long", async (target, node) => {
  const agent = await Agent.start(target, node);
  Deno.kill(agent.pid, "SIGSTOP");
  try {
    const impatient = withEnvironment(target, { CNIDARIA_AGENT_TAKE_MS: "100" });
    const at = attachment(await node.pod());
    const { code, stderr } = await call(impatient, node, "ADD", bridgeNetwork(node), at);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "has not answered in time");
    Deno.kill(agent.pid, "SIGCONT");
    // Its late look at the call finds nobody who wants it.
    assertEquals(await sample(agent, "cnidaria_calls_total", { command: "ADD", result: "ok" }), 0);
    assert((await link(at.netns as Namespace, "eth0")) !== undefined);
    await succeed(target, node, "DEL", bridgeNetwork(node), at);
  } finally {
    Deno.kill(agent.pid, "SIGCONT");
    await agent.end();
  }
});

agentTest("a caller on another node, of another state or release is left to the host", async (target, node) => {
  await using agent = await Agent.start(target, node);
  await using elsewhere = await Node.create();
  const there: Target = {
    ...target,
    environment: () => ({ ...target.environment(node), CNIDARIA_STATE: elsewhere.stateDirectory }),
  };
  const at = attachment(await elsewhere.pod());
  await succeed(there, elsewhere, "ADD", bridgeNetwork(elsewhere), at);
  assert((await link(elsewhere.namespace, "cni0")) !== undefined, "the bridge is on the caller's node");
  assertEquals(await link(node.namespace, "cni0"), undefined);
  await comesTo(agent, "cnidaria_declined_total", {}, 1);
  await succeed(there, elsewhere, "DEL", bridgeNetwork(elsewhere), at);
});

agentTest("what dead calls have left is undone as it starts", async (target, node) => {
  const network = bridgeNetwork(node);
  const at = attachment(await node.pod());
  const off = withEnvironment(target, { CNIDARIA_AGENT: "off" });
  await succeed(off, node, "ADD", network, at);
  await succeed(off, node, "DEL", network, at);
  const journal = `${node.stateDirectory}/journal/${"0".repeat(64)}.jsonl`;
  await node.namespace.ip("link add left-over type bridge");
  await Deno.writeTextFile(journal, await staleJournal(node, "left-over"));
  const agent = await Agent.start(target, node);
  for (let tries = 0; tries < 100; tries++) {
    if (!await Deno.stat(journal).then(() => true, () => false)) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assertEquals(await Deno.stat(journal).then(() => true, () => false), false);
  assertEquals(await link(node.namespace, "left-over"), undefined);
  await agent.end();
});

/** What an ADD leaves that died after it had made a bridge. */
async function staleJournal(node: Node, bridge: string): Promise<string> {
  const bootId = (await Deno.readTextFile("/proc/sys/kernel/random/boot_id")).trim();
  const mac = (await link(node.namespace, bridge))!.address;
  const attachment = { network: "blue", containerId: "dead", ifname: "eth0" };
  const header = { attachment, plugin: "bridge", netns: "/run/netns/gone", netnsId: "0:4:1", bootId };
  const change = { kind: "link-created", ns: "host", name: bridge, linkKind: "bridge", mac };
  return `${JSON.stringify({ header })}\n${JSON.stringify({ change })}\n`;
}
