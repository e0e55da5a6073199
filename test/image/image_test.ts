// The image, run as the manifests say: installed on a node, its agent in a container serving the node's calls, and taken
// away again.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { labTestNeeding } from "../lab/isolation.ts";
import { parseMetrics, valueOf } from "../lab/prometheus.ts";
import { imageMissing } from "./image.ts";
import { ClusterNode } from "./node_of_cluster.ts";

const DAEMONSET = "base/manifests/daemonset.yaml";
const HTTP = "/run/cnidaria/http.sock";
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

async function ask(node: ClusterNode, path: string): Promise<string | undefined> {
  try {
    using client = Deno.createHttpClient({ proxy: { transport: "unix", path: node.host.path(HTTP) } });
    const response = await fetch(`http://agent${path}`, { client });
    const text = await response.text();
    return response.ok ? text : undefined;
  } catch {
    return undefined;
  }
}

async function addsServed(node: ClusterNode): Promise<number> {
  return valueOf(parseMetrics((await ask(node, "/metrics"))!), "cnidaria_calls_total", {
    command: "ADD",
    result: "ok",
  });
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
    const installed = await node.run(DAEMONSET, "install", { args });
    assertEquals(installed.code, 0, installed.stdout + installed.stderr);
    assertMatch(installed.stdout, /with the native entry/);
    const conflist = await Deno.readTextFile(host.path("/etc/cni/net.d/10-cnidaria.conflist"));
    assertEquals(JSON.parse(conflist).name, "cbr0");

    await host.must(["ip", "netns", "add", "before"]);
    await call(node, "ADD", "before");

    const agent = await node.start(DAEMONSET, "agent", { args: ["agent", `--http=${HTTP}`] });
    const log = new Response(agent.stderr).text();
    agent.stdout.pipeTo(new WritableStream()).catch(() => {});
    try {
      for (let tries = 0; tries < 300 && await ask(node, "/readyz") === undefined; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      // Its namespace is a mount that is made after the container.
      await host.must(["ip", "netns", "add", "after"]);
      const result = JSON.parse(await call(node, "ADD", "after"));
      assertEquals(result.ips[0].address, "10.50.0.3/24");
      assertEquals(await addsServed(node), 1);
      await host.must(["ip", "netns", "exec", "after", "ping", "-n", "-c", "1", "-W", "2", "10.50.0.2"]);
      await call(node, "DEL", "before");
    } finally {
      agent.kill("SIGTERM");
      await agent.status;
    }
    const lines = (await log).trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(lines.at(-1)?.message, "ended", await log);
    assert(lines.some(({ command, containerId }) => command === "DEL" && containerId === "before"), await log);
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
