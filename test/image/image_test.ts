// The image, run as the manifests say: installed on a node, its agent in a container serving the node's calls, and taken
// away again.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { labTestNeeding } from "../lab/isolation.ts";
import { imageMissing } from "./image.ts";
import { ClusterNode, withArgs } from "./node_of_cluster.ts";
import { DAEMONSET, RunningAgent } from "./running_agent.ts";

const NETWORK = {
  cniVersion: "1.0.0",
  name: "pods",
  type: "bridge",
  isGateway: true,
  ipMasq: true,
  ipam: { type: "host-local", subnet: "10.50.0.0/24" },
};

async function call(node: ClusterNode, command: string, pod: string, config: Record<string, unknown> = NETWORK) {
  const env = {
    CNI_COMMAND: command,
    CNI_CONTAINERID: pod,
    CNI_NETNS: `/var/run/netns/${pod}`,
    CNI_IFNAME: "eth0",
    CNI_PATH: "/opt/cni/bin",
  };
  const { code, stdout, stderr } = await node.host.run(["/opt/cni/bin/bridge"], { env, input: JSON.stringify(config) });
  assertEquals(code, 0, stdout + stderr);
  return stdout;
}

const namesIn = (path: string) => [...Deno.readDirSync(path)].map(({ name }) => name).sort();

Deno.test({
  ...labTestNeeding(
    "the image installs on a node, its agent serves the node's calls from its container, and it goes without a trace",
    await imageMissing(),
  ),
  fn: async () => {
    await using node = await ClusterNode.create();
    const { host } = node;
    await Deno.writeTextFile(host.path("/opt/cni/bin/bridge"), "another's", { mode: 0o755 });
    await Deno.writeTextFile(host.path("/etc/cni/net.d/10-cnidaria.conflist"), "another's");

    // What is another's is not taken without --force, and everything stays as it was.
    const refused = await node.run(DAEMONSET, "install");
    assertMatch(refused.stderr, /another's file has its name: \/etc\/cni\/net.d\/10-cnidaria.conflist/);
    assertEquals([refused.code, namesIn(host.path("/opt/cni/bin"))], [1, ["bridge"]]);
    const conf = "/etc/cnidaria/10-cnidaria.conflist";
    const args = ["install", "--conf", conf, "--drop-in=bridge,host-local", "--force"];
    const installed = await node.run(DAEMONSET, "install", withArgs(...args));
    assertEquals(installed.code, 0, installed.stdout + installed.stderr);
    assertMatch(installed.stdout, /with the native entry/);
    const conflist = await Deno.readTextFile(host.path("/etc/cni/net.d/10-cnidaria.conflist"));
    assertEquals(JSON.parse(conflist).name, "cbr0");

    await host.must(["ip", "netns", "add", "before"]);
    await call(node, "ADD", "before");

    const agent = await RunningAgent.start(node);
    let log = "";
    try {
      // Its namespace is a mount that is made after the container.
      await host.must(["ip", "netns", "add", "after"]);
      const result = JSON.parse(await call(node, "ADD", "after"));
      assertEquals(result.ips[0].address, "10.50.0.3/24");
      assertMatch(await agent.metrics(), /^cnidaria_calls_total{command="ADD",result="ok"} 1$/m);
      await host.must(["ip", "netns", "exec", "after", "ping", "-n", "-c", "1", "-W", "2", "10.50.0.2"]);
      await call(node, "DEL", "before");
    } finally {
      log = await agent.end();
    }
    const lines = log.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(lines.at(-1)?.message, "ended", log);
    assert(lines.some(({ command, containerId }) => command === "DEL" && containerId === "before"), log);
    // Without the agent.
    await call(node, "DEL", "after");

    const removed = await node.run("uninstall/daemonset.yaml", "uninstall");
    assertEquals(removed.code, 0, removed.stdout + removed.stderr);
    assertEquals(namesIn(host.path("/opt/cni/bin")), ["bridge"]);
    assertEquals(namesIn(host.path("/opt/cnidaria")), [".lock"]);
    assertEquals(namesIn(host.path("/etc/cni/net.d")), ["10-cnidaria.conflist"]);
    for (const path of ["/opt/cni/bin/bridge", "/etc/cni/net.d/10-cnidaria.conflist"]) {
      assertEquals(await Deno.readTextFile(host.path(path)), "another's");
    }
  },
});

Deno.test({
  ...labTestNeeding(
    "an agent that cannot see the caller, or the pod's namespace, leaves the call to the host",
    await imageMissing(),
  ),
  fn: async () => {
    await using node = await ClusterNode.create();
    const installed = await node.run(DAEMONSET, "install", withArgs("install", "--drop-in=bridge,host-local"));
    assertEquals(installed.code, 0, installed.stdout + installed.stderr);
    const without: Without[] = [
      ["hidden", { hostPid: false }, /the caller's process cannot be seen/],
      ["unseen", { propagates: false }, /\/var\/run\/netns\/unseen is another file to the caller/],
      ["stateless", { leftOut: "/var/lib/cnidaria" }, /\/var\/lib\/cnidaria is another file to the caller/],
    ];
    for (const [pod, { hostPid = true, propagates = true, leftOut = "" }, why] of without) {
      const agent = await RunningAgent.start(node, ({ mounts }) => ({
        hostPid,
        mounts: mounts.filter(({ path }) => path !== leftOut)
          .map((it) => ({ ...it, propagates: it.propagates && propagates })),
        ...(leftOut !== "" && { readOnlyRoot: false }),
      }), "debug");
      let log = "";
      try {
        await node.host.must(["ip", "netns", "add", pod]);
        await call(node, "ADD", pod);
        assert(!/command="ADD",result="ok"} [1-9]/.test(await agent.metrics()), pod);
      } finally {
        log = await agent.end();
      }
      assertMatch(log, why);
    }
  },
});

type Without = [
  pod: string,
  what: { hostPid?: boolean; propagates?: boolean; leftOut?: string },
  why: RegExp,
];
