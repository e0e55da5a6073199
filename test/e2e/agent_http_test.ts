// The agent's HTTP: metrics that move with calls, a port, and clients that do not behave.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Agent } from "../lab/agent.ts";
import { CertificateAuthority, whyNoCertificates } from "../lab/certificates.ts";
import { fail, succeed } from "../lab/cni_call.ts";
import { NotifySocket } from "../lab/notify_socket.ts";
import { run } from "../lab/command.ts";
import { valueOf } from "../lab/prometheus.ts";
import { agentTest, comesTo, metricsOf, noBash } from "./agents.ts";
import { attachment, bridgeNetwork, hostLocal } from "./networks.ts";

agentTest("its metrics are Prometheus' text, and move with the calls", async (target, node) => {
  await using agent = await Agent.start(target, node);
  const first = await metricsOf(agent);
  assertEquals(valueOf(first, "cnidaria_threads", { state: "waiting" }), 2);
  // Four addresses beside the gateway's.
  const network = bridgeNetwork(node, { ipam: hostLocal(node, ["10.22.0.0/29"]) });
  const [one, other, taken] = [attachment(await node.pod()), attachment(await node.pod()), await node.pod()];
  await succeed(target, node, "ADD", network, one);
  await succeed(target, node, "ADD", network, other);
  await succeed(target, node, "DEL", network, other);
  // The name is in use in the pod, which bridge finds out after it has a lease.
  await taken.ip("link add eth0 type bridge");
  const { code } = await fail(target, node, "ADD", network, attachment(taken));
  await fail(target, node, "ADD", network, one);
  await comesTo(agent, "cnidaria_calls_total", { command: "ADD", result: "error" }, 2);

  const metrics = await metricsOf(agent);
  const value = (name: string, labels: Record<string, string>) => valueOf(metrics, name, labels);
  assertEquals(value("cnidaria_calls_total", { command: "ADD", result: "ok" }), 2);
  assertEquals(value("cnidaria_calls_total", { command: "DEL", result: "ok" }), 1);
  assertEquals(value("cnidaria_errors_total", { command: "ADD", code: String(code) }), 1);
  assertEquals(value("cnidaria_errors_total", { command: "ADD", code: "212" }), 1);
  assertEquals(value("cnidaria_call_seconds_count", { command: "ADD" }), 4);
  assert(value("cnidaria_call_seconds_sum", { command: "ADD" }) > 0.001);
  for (const step of ["config", "instantiate", "add", "commit"]) {
    assert(value("cnidaria_step_seconds_count", { command: "ADD", step }) >= 2, step);
  }
  assert(value("cnidaria_undone_changes_total", { command: "ADD", result: "undone" }) > 0);
  assertEquals(value("cnidaria_undone_changes_total", { command: "ADD", result: "failed" }), 0);
  const pool = { network: "blue", subnets: "10.22.0.0/29", store: node.leaseDirectory };
  assertEquals(value("cnidaria_pool_leases", pool), 1);
  assertEquals(value("cnidaria_pool_size", pool), 5);
  assertEquals(value("cnidaria_pool_exhaustion_seconds", pool), Infinity);
  await succeed(target, node, "DEL", network, one);
});

agentTest("a state database that cannot be read leaves the other metrics", async (target, node) => {
  await using agent = await Agent.start(target, node);
  await succeed(target, node, "ADD", bridgeNetwork(node), attachment(await node.pod()));
  await Deno.chmod(node.stateDirectory, 0o777);
  await comesTo(agent, "cnidaria_calls_total", { command: "ADD", result: "ok" }, 1);
  const metrics = await metricsOf(agent);
  assertEquals(metrics.get("cnidaria_pool_leases")!.samples, []);
  await Deno.chmod(node.stateDirectory, 0o700);
  assertEquals((await metricsOf(agent)).get("cnidaria_pool_leases")!.samples.length, 1);
  assertStringIncludes((await agent.end()).log, "the pools cannot be read");
});

agentTest("on a port it answers on the loopback address alone", async (target, node) => {
  using manager = new NotifySocket(`${node.directory}/notify`);
  const env = { ...target.environment(node), NOTIFY_SOCKET: manager.address };
  const agent = node.namespace.start([`${target.directory}/cnidaria`, "agent", "--http", ":9477"], { env });
  const output = agent.output();
  const ask = (request: string, host = "127.0.0.1") =>
    node.namespace.run(["bash", "-c", `exec 4<>/dev/tcp/${host}/9477; printf '${request}' >&4; cat <&4`]);
  const get = (path: string, method = "GET") => ask(`${method} ${path} HTTP/1.0\\r\\n\\r\\n`).then((it) => it.stdout);
  try {
    await manager.until("READY=1");
    assertMatch(await get("/readyz"), /^HTTP\/1\.[01] 200 OK\r\n[^]*\r\n\r\nok\n$/);
    assertMatch(await get("/metrics"), /\ncnidaria_threads\{state="waiting"\} 2\n/);
    assertMatch(await get("/secrets"), /^HTTP\/1\.[01] 404 /);
    assertMatch(await get("/healthz", "POST"), /^HTTP\/1\.[01] 405 /);
    await node.namespace.ip("address add 192.0.2.7/32 dev lo");
    const elsewhere = await ask("GET /readyz HTTP/1.0\\r\\n\\r\\n", "192.0.2.7");
    assertMatch(elsewhere.stderr, /Connection refused/);
  } finally {
    agent.kill("SIGTERM");
  }
  const { code, stderr } = await output;
  assertEquals(code, 0);
  assertStringIncludes(new TextDecoder().decode(stderr), '"http":"127.0.0.1:9477"');
}, noBash);

agentTest("an address that cannot be had ends it at once, with the reason", async (target, node) => {
  for (
    const [at, why] of [["9477", /expected HOST:PORT/], [
      "192.0.2.7:9477",
      /Cannot answer HTTP at 192\.0\.2\.7:9477: /,
    ]] as const
  ) {
    const { code, stderr } = await node.namespace.run([`${target.directory}/cnidaria`, "agent", "--http", at], {
      env: target.environment(node),
    });
    assertEquals(code, 1);
    assertMatch(stderr, why);
    assertEquals(stderr.includes("    at "), false, stderr);
  }
});

agentTest(
  "beyond this machine the dashboard needs its token, encrypted where there is a certificate",
  async (target, node) => {
    await using authority = await CertificateAuthority.create(node.directory);
    const { cert, key } = await authority.issue("agent");
    const token = "0123456789abcdef0123456789abcdef";
    await Deno.writeTextFile(`${node.directory}/token`, token);
    using manager = new NotifySocket(`${node.directory}/notify`);
    const env = { ...target.environment(node), NOTIFY_SOCKET: manager.address };
    const words = ["--http", "0.0.0.0:9477", "--http-token", `${node.directory}/token`, "--http-host", "node-1"];
    const tls = ["--http-cert", cert, "--http-key", key];
    const agent = node.namespace.start([`${target.directory}/cnidaria`, "agent", ...words, ...tls], { env });
    const output = agent.output();
    const ask = async (path: string, ...options: string[]) => {
      const curl = ["curl", "-s", "-o", "-", "-w", "\n%{http_code}", "--cacert", authority.ca, ...options];
      const { stdout } = await node.namespace.run([...curl, `https://127.0.0.1:9477${path}`]);
      return stdout.split("\n").at(-1);
    };
    try {
      await manager.until("READY=1");
      const bearer = ["-H", `Authorization: Bearer ${token}`];
      assertEquals(await ask("/healthz"), "200");
      assertEquals(await ask("/api/v1/leases"), "401");
      assertEquals(await ask("/cluster"), "401");
      assertEquals(await ask("/", "-H", "Accept: text/html"), "303");
      assertEquals(await ask("/api/v1/leases", ...bearer), "200");
      assertEquals(await ask("/api/v1/leases", ...bearer, "-H", "Host: node-1:9477"), "200");
      assertEquals(await ask("/api/v1/leases", ...bearer, "-H", "Host: evil.example"), "403");
      assertEquals(await ask("/api/v1/gc", ...bearer, "-X", "POST"), "403");
    } finally {
      agent.kill("SIGTERM");
    }
    assertEquals((await output).code, 0);
  },
  await whyNoCertificates() ?? await whyNoCurl(),
);

async function whyNoCurl(): Promise<string | undefined> {
  return await run(["curl", "--version"]).then(({ code }) => code === 0, () => false) ? undefined : "needs curl";
}
