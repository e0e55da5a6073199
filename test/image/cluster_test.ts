// The DaemonSet's agent as it stands in the manifest: it joins the network and keeps policies by the Kubernetes API, with
// its pod's account, while the node's runtime calls what the installer has put there.

import { assertEquals, assertMatch } from "@std/assert";
import { CertificateAuthority, whyNoCertificates } from "../lab/certificates.ts";
import { labTestNeeding } from "../lab/isolation.ts";
import type { ApiContents } from "./api_server.ts";
import { imageMissing } from "./image.ts";
import { ClusterNode } from "./node_of_cluster.ts";

const DAEMONSET = "base/manifests/daemonset.yaml";
const NAMESPACE = "shop";

const metadata = (name: string, labels: Record<string, string> = {}) => ({ name, namespace: NAMESPACE, labels });
const pod = (name: string) => ({ metadata: metadata(name, { app: name }), spec: { nodeName: "node-1" }, status: {} });

const CONTENTS: ApiContents = {
  token: "the pod's token",
  nodes: { "node-1": ["10.244.5.0/24"] },
  objects: {
    "/api/v1/namespaces": [{ metadata: { name: NAMESPACE, labels: {} } }],
    "/api/v1/pods": ["web", "other", "db"].map(pod),
    "/apis/networking.k8s.io/v1/networkpolicies": [{
      metadata: metadata("db"),
      spec: {
        podSelector: { matchLabels: { app: "db" } },
        policyTypes: ["Ingress"],
        ingress: [{ from: [{ podSelector: { matchLabels: { app: "web" } } }] }],
      },
    }],
  },
};

/** Starts the API inside the node. @returns its process, and its port */
async function startApi(node: ClusterNode, authority: CertificateAuthority) {
  const { cert, key } = await authority.issue("api");
  const contents = `${node.directory}/contents.json`;
  await Deno.writeTextFile(contents, JSON.stringify(CONTENTS));
  const program = new URL("./api_server.ts", import.meta.url).pathname;
  const argv = [Deno.execPath(), "run", "-A", "--no-check", program, cert, key, contents];
  const child = node.host.start(argv, { openInput: true });
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return { child, port: new TextDecoder().decode(value).trim() };
}

/** The status of the agent's answer, inside the node. */
async function statusOf(node: ClusterNode, path: string): Promise<string> {
  const script = `const r = await fetch("http://127.0.0.1:9477${path}").catch(() => undefined);
    console.log(r?.status ?? 0, (await r?.text() ?? "").trim());`;
  return (await node.host.run([Deno.execPath(), "eval", script])).stdout.trim();
}

/** Attaches a pod as the installed configuration says. @returns its address */
async function attach(node: ClusterNode, name: string): Promise<string> {
  const conflist = await Deno.readTextFile(node.host.path("/etc/cni/net.d/10-cnidaria.conflist"));
  const { cniVersion, name: network, plugins: [plugin] } = JSON.parse(conflist);
  await node.host.must(["ip", "netns", "add", name]);
  const env = {
    CNI_COMMAND: "ADD",
    CNI_CONTAINERID: name,
    CNI_NETNS: `/var/run/netns/${name}`,
    CNI_IFNAME: "eth0",
    CNI_PATH: "/opt/cni/bin",
    CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=${NAMESPACE};K8S_POD_NAME=${name}`,
  };
  const input = JSON.stringify({ cniVersion, name: network, ...plugin });
  const result = JSON.parse(await node.host.must([`/opt/cni/bin/${plugin.type}`], { env, input }));
  return result.ips[0].address.replace(/\/.*$/, "");
}

Deno.test({
  ...labTestNeeding(
    "the DaemonSet's agent joins the network and keeps policies by the Kubernetes API",
    await imageMissing() ?? await whyNoCertificates(),
  ),
  fn: async () => {
    await using authority = await CertificateAuthority.create();
    const account = { token: CONTENTS.token, "ca.crt": await Deno.readTextFile(authority.ca) };
    await using node = await ClusterNode.create(account);
    const { host } = node;
    await host.must(["sh", "-c", UPLINK]);
    const api = await startApi(node, authority);
    const env = ["KUBERNETES_SERVICE_HOST=127.0.0.1", `KUBERNETES_SERVICE_PORT=${api.port}`];
    try {
      const installed = await node.run(DAEMONSET, "install");
      assertEquals(installed.code, 0, installed.stdout + installed.stderr);
      const agent = await node.start(DAEMONSET, "agent", (it) => ({ env: [...it.env, ...env] }));
      const log = new Response(agent.stderr).text();
      agent.stdout.pipeTo(new WritableStream()).catch(() => {});
      try {
        let answer = "";
        const deadline = performance.now() + 60_000;
        while (performance.now() < deadline && !answer.startsWith("200")) answer = await statusOf(node, "/readyz");
        assertEquals(answer, "200 ok");
        const subnet = await Deno.readTextFile(host.path("/run/flannel/subnet.env"));
        assertMatch(subnet, /^FLANNEL_SUBNET=10\.244\.5\.1\/24$/m);
        for (const name of ["web", "other"]) await attach(node, name);
        const db = await attach(node, "db");
        const pings = async (from: string) =>
          (await host.run(["ip", "netns", "exec", from, "ping", "-n", "-c", "1", "-W", "1", db])).code === 0;
        assertEquals([await pings("web"), await pings("other")], [true, false]);
        assertMatch(await statusOf(node, "/metrics"), /cnidaria_calls_total\{command="ADD",result="ok"\} 3/);
      } finally {
        agent.kill("SIGTERM");
        await agent.status;
      }
      assertMatch(await log, /"message":"ended"/);
    } finally {
      await api.child.stdin.close();
      await Promise.all([api.child.stdout.cancel(), api.child.stderr.cancel()]);
      await api.child.status;
    }
  },
});

/** Something by which other nodes would reach this one. */
const UPLINK = `
ip link add eth0 type veth peer name wire
ip addr add 192.0.2.5/24 dev eth0
ip link set wire up
ip link set eth0 up
ip route add default via 192.0.2.1 dev eth0
`;
