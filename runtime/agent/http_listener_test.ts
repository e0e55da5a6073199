import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { Hono } from "hono";
import { HostCallError } from "../../host-funcs/error.ts";
import { listenHttp } from "./http_listener.ts";

const app = new Hono().get("/", () => new Response("here"));

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function ask(path: string): Promise<string> {
  using client = Deno.createHttpClient({ proxy: { transport: "unix", path } });
  return await (await fetch("http://agent/", { client })).text();
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name);

Deno.test("a port without a host is the loopback address's", async () => {
  await using http = listenHttp(":0", app);
  assertMatch(http.address, /^127\.0\.0\.1:\d+$/);
  assertEquals(await (await fetch(`http://${http.address}/`)).text(), "here");
});

Deno.test("another address has to be named", async () => {
  for (const [at, address] of [["localhost:0", /^localhost:\d+$/], ["0.0.0.0:0", /^0\.0\.0\.0:\d+$/]] as const) {
    await using http = listenHttp(at, app);
    assertMatch(http.address, address);
  }
  await using http = listenHttp("[::1]:0", app);
  assertMatch(http.address, /^\[::1\]:\d+$/);
  assertEquals(await (await fetch(`http://${http.address}/`)).text(), "here");
});

Deno.test("what is no address is refused, and so is one that is in use", async () => {
  for (const at of ["", "9090", "host", "host:", "host:65536", "host:9o", "::1:80", "relative/path.sock"]) {
    assertThrows(() => listenHttp(at, app), HostCallError, `Cannot answer HTTP at ${at}: expected HOST:PORT or`);
  }
  await using http = listenHttp(":0", app);
  assertThrows(() => listenHttp(http.address, app), HostCallError, `Cannot answer HTTP at ${http.address}: `);
});

Deno.test("a socket is its owner's alone, and gone in the end; one that was left is replaced", () =>
  withFolder(async (folder) => {
    const path = `${folder}/http.sock`;
    // Deno removes the name that it has bound.
    const left = Deno.listen({ transport: "unix", path: `${folder}/bound` });
    Deno.renameSync(`${folder}/bound`, path);
    left.close();
    {
      await using http = listenHttp(path, app);
      assertEquals([http.address, names(folder)], [path, ["http.sock"]]);
      assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
      assertEquals(await ask(path), "here");
    }
    assertEquals(names(folder), []);
  }));

Deno.test("a file that is no socket stays", () =>
  withFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/http.sock`, "somebody's");
    assertThrows(() => listenHttp(`${folder}/http.sock`, app), HostCallError, "no socket: move it away");
    assertEquals(Deno.readTextFileSync(`${folder}/http.sock`), "somebody's");
    assertEquals(names(folder), ["http.sock"]);
    return Promise.resolve();
  }));

Deno.test("one that ends does not take the next one's socket with it", () =>
  withFolder(async (folder) => {
    const path = `${folder}/http.sock`;
    const first = listenHttp(path, app);
    const second = listenHttp(path, new Hono().get("/", () => new Response("second")));
    await first[Symbol.asyncDispose]();
    assertEquals(await ask(path), "second");
    await second[Symbol.asyncDispose]();
    assertEquals(names(folder), []);
  }));

Deno.test("a client that never takes its answer does not keep the end", async () => {
  const endless = new Hono().get("/", () => new Response(new ReadableStream()));
  const http = listenHttp(":0", endless);
  const [hostname, port] = http.address.split(":");
  using client = await Deno.connect({ hostname: hostname!, port: Number(port) });
  await client.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: agent\r\n\r\n"));
  await client.read(new Uint8Array(64));
  using stalled = await Deno.connect({ hostname: hostname!, port: Number(port) });
  await stalled.write(new TextEncoder().encode("GET / HT"));
  const began = performance.now();
  await http[Symbol.asyncDispose]();
  assert(performance.now() - began < 5_000);
});
