// Changes are atomic: while rules change all the time, what each of them denies never passes, and what each of them allows
// always does. And what an open connection, and a pod's own node, may do.

import { assert, assertEquals } from "@std/assert";
import { labTestNeeding } from "../lab/isolation.ts";
import { Judges } from "./judges.ts";
import { type Cluster, type NetworkPolicy, networkPolicy } from "./objects.ts";
import { PLACES, plainCluster } from "./places.ts";
import { PolicyLab, whyNoPolicyLab } from "./policy_lab.ts";
import { allProbes, type Probe } from "./prober.ts";
import type { Probing, ProbingStart } from "./probing_worker.ts";

const PODS = PLACES.map(({ name }) => name);
const A = { matchLabels: { pod: "a" } };
const B = { matchLabels: { pod: "b" } };
const CHANGES = 120;
/**
 * Of thousands. A packet that is between two lookups of the old table while the kernel goes over to the new one finds its
 * verdict in neither, and its chain drops it (Linux 6.18: one in some 240 replacements). TCP sends it again.
 */
const MISSED_AT_MOST = 2;

function clusterOf(...policies: NetworkPolicy[]): Cluster {
  return { ...plainCluster(), policies };
}

/** Each lets x/b reach x/a, and nobody of y; in other words, by other policies, beside other chains. */
const CLUSTERS = [
  clusterOf(networkPolicy("x", "one", { podSelector: A, ingress: [{ from: [{ podSelector: B }] }] })),
  clusterOf(
    networkPolicy("x", "deny", { podSelector: {}, policyTypes: ["Ingress"] }),
    networkPolicy("x", "two", {
      podSelector: A,
      ingress: [{ from: [{ namespaceSelector: { matchLabels: { ns: "x" } } }] }],
    }),
  ),
  clusterOf(
    networkPolicy("x", "one", {
      podSelector: A,
      ingress: [{ from: [{ ipBlock: { cidr: "10.1.0.17/32" } }, { ipBlock: { cidr: "fd00:1::11/128" } }] }],
    }),
    networkPolicy("y", "deny", { podSelector: {}, policyTypes: ["Ingress"] }),
  ),
];

class ProbingThread implements Disposable {
  readonly #worker = new Worker(new URL("./probing_worker.ts", import.meta.url), { type: "module" });
  readonly #ends = new SharedArrayBuffer(4);
  readonly #ended = Promise.withResolvers<Extract<Probing, { kind: "ended" }>>();
  readonly #begun = Promise.withResolvers<void>();

  constructor(lab: PolicyLab, always: readonly Probe[], never: readonly Probe[]) {
    this.#worker.onmessage = ({ data }: MessageEvent<Probing>) =>
      data.kind === "begun" ? this.#begun.resolve() : this.#ended.resolve(data);
    this.#worker.onerror = ({ message }) => {
      this.#begun.reject(new Error(message));
      this.#ended.reject(new Error(message));
    };
    const endpoints = ["x/a", "x/b", "y/a", "y/b"].map((name) => {
      const { namespace, ...rest } = lab.endpoint(name);
      return { ...rest, path: namespace.path };
    });
    const start: ProbingStart = { endpoints, always, never, ends: this.#ends };
    this.#worker.postMessage(start);
  }

  begun(): Promise<void> {
    return this.#begun.promise;
  }

  async end() {
    Atomics.store(new Int32Array(this.#ends), 0, 1);
    return await this.#ended.promise;
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

Deno.test({
  ...labTestNeeding(
    "while rules change, nothing passes that all of them deny, and all passes that all allow",
    whyNoPolicyLab(),
  ),
  async fn() {
    await using lab = await PolicyLab.create();
    {
      using judges = await Judges.open(lab, PODS);
      judges.prober.settle(allProbes(PODS));
    }
    using judges = await Judges.open(lab, []);
    const between = (from: string, protocol?: Probe["protocol"]) =>
      allProbes([from, "x/a"]).filter((it) =>
        it.from === from && it.to === "x/a" && it.protocol === (protocol ?? it.protocol)
      );
    const [always, never] = [between("x/b", "TCP"), [...between("y/a"), ...between("y/b")]];
    judges.bring(CLUSTERS[0]!);
    using thread = new ProbingThread(lab, always, never);
    await thread.begun();
    for (let at = 0; at < CHANGES; at++) {
      // Some replace the table as a whole, as the first plan of an agent does; others are changes to it.
      if (at % 4 === 0) judges.forget();
      judges.bring(CLUSTERS[at % CLUSTERS.length]!);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const { rounds, missed, leaked } = await thread.end();
    assertEquals(leaked, []);
    assert(missed.length <= MISSED_AT_MOST, `Of ${rounds} rounds: ${missed}`);
    assert(rounds > 10, `${rounds} rounds are too few to tell`);

    // What is open, or closed, for a moment would have been seen.
    const denied = clusterOf(networkPolicy("x", "deny", { podSelector: {}, policyTypes: ["Ingress"] }));
    using other = new ProbingThread(lab, always, never);
    await other.begun();
    for (let at = 0; at < 20; at++) {
      await lab.nodes.one.must(["nft", "delete", "table", "inet", "cnidaria-policy"]);
      judges.forget();
      judges.bring(denied);
      judges.bring(CLUSTERS[0]!);
    }
    const seen = await other.end();
    assert(seen.leaked.length > 0);
    assert(seen.missed.length > MISSED_AT_MOST);
  },
});

Deno.test({
  ...labTestNeeding(
    "a connection that is open goes on when a policy denies new ones, which do not begin",
    whyNoPolicyLab(),
  ),
  async fn() {
    await using lab = await PolicyLab.create();
    using judges = await Judges.open(lab, ["x/a", "y/a", "one"]);
    const probes = allProbes(["x/a", "y/a"], ["one"]);
    judges.prober.settle(probes);
    judges.bring(clusterOf());
    const [server, client] = [lab.endpoint("x/a"), lab.endpoint("y/a")];
    const env = { NO_COLOR: "1" };
    const echo = server.namespace.start([
      Deno.execPath(),
      "eval",
      `const listener = Deno.listen({ port: 7000 });
      console.log("listening");
      for await (const it of listener) it.readable.pipeTo(it.writable).catch(() => {});`,
    ], { env });
    const echoed = echo.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const children = [echo];
    try {
      assertEquals((await echoed.read()).value, "listening\n");
      const talk = client.namespace.start([
        Deno.execPath(),
        "eval",
        `const connection = await Deno.connect({ hostname: "${server.ipv4}", port: 7000 });
        for (let at = 0; ; at++) {
          await connection.write(new Uint8Array([at]));
          await connection.read(new Uint8Array(1));
          console.log(at);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }`,
      ], { env });
      children.unshift(talk);
      const said = talk.stdout.pipeThrough(new TextDecoderStream()).getReader();
      const last = async () => {
        const { value } = await said.read();
        if (value === undefined) throw new Error(`The connection has ended: ${await new Response(talk.stderr).text()}`);
        return Number(value.trim().split("\n").at(-1));
      };
      await last();
      judges.bring(clusterOf(networkPolicy("x", "deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] })));
      const differences = judges.differences(probes, ({ from, to }) => from === "one" || to === "one" || from === to);
      assertEquals(differences, []);
      const before = await last();
      for (let now = before; now < before + 20;) now = await last();
    } finally {
      for (const child of children) {
        kill(child);
        if (!child.stderr.locked) await child.stderr.cancel();
        await child.status;
      }
    }
  },
});

/** One that has ended by itself cannot be: the test has failed for that, and says more. */
function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}
