import { assertEquals, assertMatch } from "@std/assert";
import { createHttp, type Vitals } from "./http.ts";

const well: Vitals = {
  notReady: () => Promise.resolve([]),
  notAlive: () => [],
  metrics: () => Promise.resolve("a 1\n"),
  cluster: () => Promise.resolve("none"),
  policy: () => Promise.resolve("none"),
};

async function ask(path: string, method = "GET", vitals: Partial<Vitals> = {}) {
  const response = await createHttp({ ...well, ...vitals }).fetch(new Request(`http://agent${path}`, { method }));
  return { status: response.status, text: await response.text(), headers: response.headers };
}

Deno.test("an agent that is well says so", async () => {
  for (const path of ["/healthz", "/readyz"]) {
    const { status, text } = await ask(path);
    assertEquals([status, text], [200, "ok\n"], path);
  }
});

Deno.test("one that ends is alive, and not ready", async () => {
  const ending = { notReady: () => Promise.resolve(["the agent is ending"]) };
  assertEquals((await ask("/healthz", "GET", ending)).status, 200);
  const { status, text } = await ask("/readyz", "GET", ending);
  assertEquals([status, text], [503, "the agent is ending\n"]);
});

Deno.test("one that is stuck is neither", async () => {
  const stuck = { notAlive: () => ["2 threads are busy"], notReady: () => Promise.resolve(["the agent is ending"]) };
  assertEquals(await ask("/healthz", "GET", stuck).then(({ status, text }) => [status, text]), [
    503,
    "2 threads are busy\n",
  ]);
  assertEquals((await ask("/readyz", "GET", stuck)).text, "2 threads are busy\nthe agent is ending\n");
});

Deno.test("how the overlay is can be asked where there is one", async () => {
  assertEquals((await ask("/cluster")).status, 404);
  assertEquals((await ask("/cluster", "GET", { cluster: () => Promise.resolve("silent") })).status, 503);
  const status = {
    node: "a",
    store: { kind: "etcd", where: "http://192.0.2.1:2379" },
    families: [],
    peers: [],
    repairs: 0,
    repaired: 0,
  };
  const { text } = await ask("/cluster", "GET", { cluster: () => Promise.resolve(status) });
  assertEquals(JSON.parse(text), status);
});

Deno.test("how network policies are can be asked where there are any", async () => {
  const seen: unknown[] = [];
  const policy = (question: string, argument?: number) => {
    seen.push([question, argument]);
    return Promise.resolve({ question });
  };
  const vitals = { policy } as unknown as Partial<Vitals>;
  for (const path of ["/policy", "/policy/ruleset", "/policy/drops", "/policy/drops?after=7"]) {
    assertEquals((await ask(path, "GET", vitals)).status, 200, path);
    assertEquals((await ask(path)).status, 404, path);
  }
  assertEquals(seen, [["status", undefined], ["enforced", undefined], ["drops", 0], ["drops", 7]]);
  for (const after of ["-1", "x", "1.5"]) assertEquals((await ask(`/policy/drops?after=${after}`)).status, 400);
  const none = { policy: () => Promise.resolve(null) } as unknown as Partial<Vitals>;
  assertEquals((await ask("/policy/ruleset", "GET", none)).text, "nothing is in force yet\n");
});

Deno.test("metrics are text as Prometheus reads it", async () => {
  const { status, text, headers } = await ask("/metrics");
  assertEquals([status, text], [200, "a 1\n"]);
  assertEquals(headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  assertEquals((await ask("/metrics", "HEAD")).status, 200);
});

Deno.test("metrics are OpenMetrics for who accepts it", async () => {
  const http = createHttp(well);
  const accept = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
  const response = await http.fetch(new Request("http://agent/metrics", { headers: { accept } }));
  assertEquals(await response.text(), "a 1\n# EOF\n");
  assertEquals(response.headers.get("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
});

Deno.test("metrics that cannot be had are an error of one line", async () => {
  const { status, text } = await ask("/metrics", "GET", { metrics: () => Promise.reject(new Error("no memory")) });
  assertEquals([status, text], [500, "no memory\n"]);
});

Deno.test("nothing can be written, and nothing else is there", async () => {
  const paths = ["/healthz", "/readyz", "/metrics", "/cluster", "/policy", "/policy/ruleset", "/policy/drops"];
  for (const path of paths) {
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      const { status, headers } = await ask(path, method);
      assertEquals([status, headers.get("allow")], [405, "GET, HEAD"], `${method} ${path}`);
    }
  }
  for (const path of ["/", "/metrics/", "/healthz/x", "/debug/pprof"]) {
    for (const method of ["GET", "POST"]) assertEquals((await ask(path, method)).status, 404, `${method} ${path}`);
  }
  assertMatch((await ask("/")).text, /\/policy\/drops\n$/);
});
