import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createHttp, type Vitals } from "./http.ts";
import { type HttpAccess, HttpGuard } from "./http_guard.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";
const local: HttpAccess = { local: true, hosts: [], token: undefined, secure: false };
const remote: HttpAccess = { local: false, hosts: ["node-1.example"], token: TOKEN, secure: true };

const vitals: Vitals = {
  notReady: () => Promise.resolve([]),
  notAlive: () => [],
  metrics: () => Promise.resolve("a 1\n"),
  cluster: () => Promise.resolve("none"),
  policy: () => Promise.resolve("none"),
};

/** Asks an agent whose dashboard answers what path it was asked for. */
function agent(access: HttpAccess) {
  const dashboard = () =>
    Promise.resolve({ fetch: ({ url }: Request) => new Response(`page ${new URL(url).pathname}`) });
  const http = createHttp(vitals, new HttpGuard(access), dashboard);
  return async (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) => {
    const all = { host: "127.0.0.1:7788", ...headers };
    const response = await http.fetch(new Request(`http://agent${path}`, { ...init, headers: all }));
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
}

Deno.test("names of this machine, and those that were given, are answered; others are not", async () => {
  const ask = agent({ ...local, hosts: ["Node-1.example"] });
  for (const host of ["localhost", "localhost:80", "127.0.0.1:7788", "[::1]:7788", "agent", "node-1.EXAMPLE:443"]) {
    assertEquals((await ask("/attachments", { host })).text, "page /attachments", host);
  }
  for (
    const host of ["evil.example", "evil.example:7788", "127.0.0.1.evil.example", "localhost.evil.example", "", "::1"]
  ) {
    const { status, text } = await ask("/attachments", { host });
    assertEquals(status, 403, host);
    assertStringIncludes(text, "this agent is not known as");
  }
});

Deno.test("where there is no header the URL says whom a request means, as in HTTP/2", async () => {
  const http = createHttp(vitals, new HttpGuard(local), () => Promise.resolve({ fetch: () => new Response("page") }));
  assertEquals((await http.fetch(new Request("http://127.0.0.1:80/"))).status, 200);
  assertEquals((await http.fetch(new Request("https://evil.example/"))).status, 403);
});

Deno.test("a page of another origin is refused, whatever it asks", async () => {
  const ask = agent(local);
  for (const origin of ["http://evil.example", "null", "http://127.0.0.1:1234", "https://localhost:7788"]) {
    for (const method of ["GET", "POST"]) {
      assertEquals((await ask("/api/v1/gc", { origin }, { method })).status, 403, `${method} ${origin}`);
    }
  }
  assertEquals((await ask("/api/v1/gc", { origin: "http://127.0.0.1:7788" }, { method: "POST" })).status, 200);
});

Deno.test("health and metrics are for everybody, all else is behind the token", async () => {
  const ask = agent(remote);
  for (const path of ["/healthz", "/readyz", "/metrics"]) {
    assertEquals((await ask(path, { host: "10.0.0.1" })).status, 200);
  }
  const host = "node-1.example";
  for (const path of ["/api/v1/leases", "/cluster", "/policy", "/static/client.js", "/nothing"]) {
    const { status, headers } = await ask(path, { host });
    assertEquals([status, headers.get("www-authenticate")], [401, "Bearer"], path);
  }
  for (const wrong of ["", "x", TOKEN.slice(1), `${TOKEN}0`, TOKEN.toUpperCase()]) {
    assertEquals((await ask("/api/v1/leases", { host, authorization: `Bearer ${wrong}` })).status, 401, wrong);
  }
  assertEquals((await ask("/api/v1/leases", { host, authorization: `Bearer ${TOKEN}` })).text, "page /api/v1/leases");
});

Deno.test("beyond this machine nothing but health and metrics is answered without a token", async () => {
  const ask = agent({ ...remote, token: undefined });
  const { status, text } = await ask("/", { host: "node-1.example" });
  assertEquals(status, 403);
  assertStringIncludes(text, "--http-token");
  assertEquals((await ask("/metrics", { host: "node-1.example" })).status, 200);
});

Deno.test("a browser logs in with the token, and out again", async () => {
  const ask = agent(remote);
  const [host, accept] = ["node-1.example", "text/html"];
  const first = await ask("/attachments", { host, accept });
  assertEquals([first.status, first.headers.get("location")], [303, "/login"]);
  assertStringIncludes((await ask("/login", { host })).text, 'type="password"');
  const login = (token: string, headers: Record<string, string> = {}) =>
    ask("/login", { host, ...headers }, { method: "POST", body: new URLSearchParams({ token }) });
  const wrong = await login("guess");
  assertEquals([wrong.status, wrong.headers.get("set-cookie")], [403, null]);
  assertEquals((await login(TOKEN, { origin: "http://evil.example" })).status, 403);
  const right = await login(` ${TOKEN}\n`);
  assertEquals([right.status, right.headers.get("location")], [303, "/"]);
  const [cookie = "", ...attributes] = right.headers.get("set-cookie")!.split("; ");
  assertEquals(attributes.sort(), ["HttpOnly", "Path=/", "SameSite=Strict", "Secure"]);
  assert(!cookie.includes(TOKEN));
  assertEquals((await ask("/attachments", { host, accept, cookie })).text, "page /attachments");
  assertEquals((await ask("/attachments", { host, accept, cookie: "cnidaria_session=guess" })).status, 303);
  await ask("/logout", { host, cookie }, { method: "POST" });
  assertEquals((await ask("/attachments", { host, accept, cookie })).status, 303);
});

Deno.test("every answer behind the guard, refusals too, forbids scripts of others and frames", async () => {
  const answers = [
    await agent(local)("/"),
    await agent(local)("/", { host: "evil.example" }),
    await agent(remote)("/", { host: "node-1.example" }),
    await agent(remote)("/login", { host: "node-1.example" }),
  ];
  for (const { headers } of answers) {
    assertMatch(headers.get("content-security-policy") ?? "", /default-src 'none'.*frame-ancestors 'none'/);
    assert(!/unsafe/.test(headers.get("content-security-policy")!));
    assertEquals(headers.get("x-content-type-options"), "nosniff");
  }
});
