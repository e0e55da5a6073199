// The agent where too much is asked of it, or nothing that makes sense, or by somebody who may not ask.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { HEADER_BYTES, MAX_BODY_BYTES, writeRequest } from "../../runtime/agent/protocol.ts";
import { Agent } from "../lab/agent.ts";
import { type Attachment, call, type Config, invocation, succeed, type Target } from "../lab/cni_call.ts";
import { must } from "../lab/command.ts";
import { HeldSocket } from "../lab/held_socket.ts";
import type { Namespace } from "../lab/namespace.ts";
import type { Node } from "../lab/node.ts";
import { valueOf } from "../lab/prometheus.ts";
import { agentTest, assertNothingLeft, comesTo, linesOf, metricsOf, noBash, withEnvironment } from "./agents.ts";
import { link } from "./kernel.ts";
import { attachment, bridgeNetwork } from "./networks.ts";

const NOBODY = 65534;
const socketOf = (node: Node) => `${node.directory}/agent.sock`;
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const encoder = new TextEncoder();

/** What an entry would send. */
async function requestOf(target: Target, node: Node, config: Config, at: Attachment): Promise<Uint8Array<ArrayBuffer>> {
  const { env, input } = invocation(target, node, "ADD", config, at);
  const entry = await Deno.realPath(`${target.directory}/cnidaria`);
  const release = /\/releases\/([^/]+)\//.exec(entry)![1]!;
  const environment = new Map(Object.entries(env).filter(([name]) => name.startsWith("CNI")));
  const stdin = encoder.encode(input);
  return writeRequest({ sentNs: 0n, release, key: "0".repeat(32), name: "bridge", environment, stdin });
}

/** A connection to the agent that a test writes itself. */
class Connection implements Disposable {
  private constructor(readonly conn: Deno.UnixConn) {}

  static async open(node: Node): Promise<Connection> {
    return new Connection(await Deno.connect({ transport: "unix", path: socketOf(node) }));
  }

  async send(bytes: Uint8Array): Promise<this> {
    try {
      for (let at = 0; at < bytes.length;) at += await this.conn.write(bytes.subarray(at));
    } catch {
      // It has heard enough.
    }
    return this;
  }

  /** All that comes until the agent ends the connection. */
  async answer(): Promise<string> {
    let text = "";
    const buffer = new Uint8Array(4096);
    for (;;) {
      const count = await this.conn.read(buffer).catch(() => null);
      if (count === null) return text;
      text += new TextDecoder().decode(buffer.subarray(0, count));
    }
  }

  [Symbol.dispose](): void {
    this.conn.close();
  }
}

agentTest("what its queue has no room for the host does, and no call is lost", async (target, node) => {
  using held = new HeldSocket(socketOf(node), 2);
  await using agent = await Agent.start(target, node, ["--threads", "1"], { listener: held.fd });
  const patient = withEnvironment(target, { CNIDARIA_AGENT_TAKE_MS: "20000" });
  const attachments = await Promise.all(Array.from({ length: 16 }, async () => attachment(await node.pod())));
  const network = bridgeNetwork(node);
  Deno.kill(agent.pid, "SIGSTOP");
  const adding = attachments.map((at) => succeed(patient, node, "ADD", network, at));
  // The first that is done is the host's; then the agent goes on with those in its queue.
  await Promise.race(adding).finally(() => Deno.kill(agent.pid, "SIGCONT"));
  const given = (await Promise.all(adding)).map(({ ips }) => ips![0]!.address);
  assertEquals(new Set(given).size, attachments.length);
  const served = valueOf(await metricsOf(agent), "cnidaria_calls_total", { command: "ADD", result: "ok" });
  assert(served > 0 && served < attachments.length, `${served} by the agent`);
  // All at once, one thread: more are started.
  await Promise.all(attachments.map((at) => succeed(patient, node, "DEL", network, at)));
  await comesTo(agent, "cnidaria_withdrawn_total", {}, 0);
  await assertNothingLeft(node);
}, noBash);

/** Connects with all of this process as another user: a connection keeps who has made it. */
async function asUser<T>(uid: number, body: () => Promise<T>): Promise<T> {
  const libc = Deno.dlopen("libc.so.6", { seteuid: { parameters: ["u32"], result: "i32" } });
  try {
    libc.symbols.seteuid(uid);
    return await body();
  } finally {
    libc.symbols.seteuid(0);
    libc.close();
  }
}

agentTest("another user who gets hold of its socket is declined, unread, and nothing is done", async (target, node) => {
  await using agent = await Agent.start(target, node);
  await Deno.chmod(node.directory, 0o755);
  await Deno.chmod(socketOf(node), 0o777);
  const at = attachment(await node.pod());
  const request = await requestOf(target, node, bridgeNetwork(node), at);
  for (const said of [request, new Uint8Array(), request.subarray(0, 30)]) {
    using connection = await asUser(NOBODY, () => Connection.open(node));
    const began = performance.now();
    await connection.send(said);
    assertEquals(await connection.answer(), `D\x17\0\0\0user ${NOBODY} may not call`);
    assert(performance.now() - began < 2_000, "it waited for what they say");
  }
  await comesTo(agent, "cnidaria_declined_total", {}, 3);
  assertEquals(await link(at.netns as Namespace, "eth0"), undefined);
  await assertNothingLeft(node);
  // Root's is read, and compared: this test is in a namespace of its own.
  using connection = await Connection.open(node);
  assertMatch(await (await connection.send(request)).answer(), /^D.{4}the caller is in another network namespace$/s);
});

agentTest("bytes that make no sense are declined with the reason, and harm nobody", async (target, node) => {
  await using agent = await Agent.start(target, node, ["--threads", "1"]);
  const at = attachment(await node.pod());
  const request = await requestOf(target, node, bridgeNetwork(node), at);
  const changed = (offset: number, value: number) => {
    const bytes = request.slice();
    new DataView(bytes.buffer).setUint32(offset, value, true);
    return bytes;
  };
  const cases: [why: RegExp, bytes: Uint8Array][] = [
    [/^D.{4}it is no request$/s, encoder.encode("GET /metrics HTTP/1.1\r\nHost: agent\r\n\r\n")],
    [/^D.{4}it is no request$/s, crypto.getRandomValues(new Uint8Array(60_000)).fill(255, 0, 4)],
    [/^D.{4}it speaks version 7 /s, changed(4, 7)],
    [/^D.{4}it has more than \d+ bytes: 104857600$/s, changed(16, 100 * 1024 * 1024)],
    [/^D.{4}it has more than \d+ bytes: 4294967295$/s, changed(16, 2 ** 32 - 1)],
    [/^D.{4}it is cut short$/s, changed(HEADER_BYTES, 2 ** 31)],
    [/^D.{4}1 bytes follow it$/s, new Uint8Array([...changed(16, request.length - HEADER_BYTES + 1), 0])],
  ];
  for (const [why, bytes] of cases) {
    using connection = await Connection.open(node);
    assertMatch(await (await connection.send(bytes)).answer(), why);
  }
  for (const length of [0, 1, HEADER_BYTES, request.length - 1]) {
    using connection = await Connection.open(node);
    await connection.send(request.subarray(0, length));
    await connection.conn.closeWrite();
    assertMatch(await connection.answer(), length < HEADER_BYTES ? /^$/ : /^D.{4}the request did not come whole/s);
  }
  // As much as may be, of nothing.
  using large = await Connection.open(node);
  const zeros = new Uint8Array(HEADER_BYTES + MAX_BODY_BYTES);
  zeros.set(request.subarray(0, HEADER_BYTES));
  new DataView(zeros.buffer).setUint32(16, MAX_BODY_BYTES, true);
  assertMatch(await (await large.send(zeros)).answer(), /^D.{4}\d+ bytes follow it$/s);
  await comesTo(agent, "cnidaria_declined_total", {}, cases.length + 3);
  assertEquals(await link(at.netns as Namespace, "eth0"), undefined);
  await succeed(target, node, "ADD", bridgeNetwork(node), at);
  await comesTo(agent, "cnidaria_calls_total", { command: "ADD", result: "ok" }, 1);
  const { log } = await agent.end();
  assertEquals(linesOf(log).filter((it) => it.level === "error"), []);
});

/** Milliseconds that a request may take to come, with some for a busy machine. */
const STALL_LIMIT = 5_000 + 3_000;

agentTest("writers that stall, or drip, keep a thread for their time-out, and nobody else", async (target, node) => {
  await using agent = await Agent.start(target, node, ["--threads", "1"]);
  const at = attachment(await node.pod());
  const network = bridgeNetwork(node);
  const request = await requestOf(target, node, network, at);
  // Less than the agent's threads can become: one more serves.
  const stall = async (length: number) => {
    using connection = await Connection.open(node);
    await connection.send(request.subarray(0, length));
    const began = performance.now();
    await connection.answer();
    return performance.now() - began;
  };
  const drip = async () => {
    using connection = await Connection.open(node);
    const began = performance.now();
    const ended = connection.answer().then(() => performance.now() - began);
    for (let index = 0; index < request.length && performance.now() - began < 2 * STALL_LIMIT; index++) {
      const before = performance.now();
      await connection.send(request.subarray(index, index + 1));
      if (await Promise.race([ended, wait(500)]) !== undefined) break;
      assert(performance.now() > before);
    }
    return await ended;
  };
  const stalled = [stall(7), stall(HEADER_BYTES), stall(request.length - 1), drip()];
  await wait(100);
  await succeed(withEnvironment(target, { CNIDARIA_AGENT_TAKE_MS: "4000" }), node, "ADD", network, at);
  await comesTo(agent, "cnidaria_calls_total", { command: "ADD", result: "ok" }, 1);
  // More than all of its threads: the host does what they keep waiting.
  const many = Array.from({ length: 24 }, () => stall(HEADER_BYTES));
  await wait(1500);
  const other = attachment(await node.pod());
  assertEquals((await call(target, node, "ADD", network, other)).code, 0);
  for (const ms of await Promise.all(stalled)) assert(ms > 4_000 && ms < STALL_LIMIT, `${ms}`);
  // Those that found no thread waited for one, and then for their own time.
  for (const ms of await Promise.all(many)) assert(ms < 2 * STALL_LIMIT, `${ms}`);
  for (const each of [at, other]) await succeed(target, node, "DEL", network, each);
  await comesTo(agent, "cnidaria_calls_total", { command: "DEL", result: "ok" }, 2);
  await assertNothingLeft(node);
});

agentTest("without descriptors it waits for some, and busies no processor meanwhile", async (target, node) => {
  await using agent = await Agent.start(target, node);
  const network = bridgeNetwork(node);
  const limit = (soft: string) => must(["prlimit", "--pid", String(agent.pid), `--nofile=${soft}:`]);
  const [, before = ""] = /Max open files +(\d+)/.exec(await Deno.readTextFile(`/proc/${agent.pid}/limits`)) ?? [];
  await limit("3");
  const [first, second] = [attachment(await node.pod()), attachment(await node.pod())];
  const impatient = withEnvironment(target, { CNIDARIA_AGENT_TAKE_MS: "1000" });
  const ticks = agent.ticks();
  const probe = agent.get("/healthz").catch(() => {});
  await succeed(impatient, node, "ADD", network, first);
  const spent = agent.ticks() - ticks;
  await limit(before);
  // A tick is 10 ms; a thread that asks again and again takes 100 of them.
  assert(spent < 30, `${spent} ticks`);
  await probe;
  const ready = () => agent.get("/readyz").then(({ status }) => status === 200, () => false);
  for (let tries = 0; tries < 50 && !await ready(); tries++) await wait(100);
  assert(await ready(), "HTTP is answered again");
  await succeed(target, node, "ADD", network, second);
  await comesTo(agent, "cnidaria_calls_total", { command: "ADD", result: "ok" }, 1);
  for (const each of [first, second]) await succeed(target, node, "DEL", network, each);
  await assertNothingLeft(node);
});

agentTest("a log that nobody reads any more ends neither agent nor call", async (target, node) => {
  const argv = [`${target.directory}/cnidaria`, "agent", "--http", `${node.directory}/http.sock`];
  const child = node.namespace.start(argv, { env: target.environment(node) });
  try {
    await child.stderr.cancel();
    for (let tries = 0; tries < 500 && !await Deno.stat(socketOf(node)).then(() => true, () => false); tries++) {
      await wait(20);
    }
    const patient = withEnvironment(target, { CNIDARIA_AGENT_TAKE_MS: "10000" });
    for (let calls = 0; calls < 3; calls++) {
      const at = attachment(await node.pod());
      await succeed(patient, node, "ADD", bridgeNetwork(node), at);
      await succeed(patient, node, "DEL", bridgeNetwork(node), at);
    }
    assertEquals(await Promise.race([child.status.then(() => "ended"), wait(100).then(() => "lives")]), "lives");
  } finally {
    child.kill("SIGTERM");
  }
  await child.stdout.cancel();
  assertEquals((await child.status).code, 0);
});
