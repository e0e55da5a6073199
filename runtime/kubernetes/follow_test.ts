// Following one kind of objects of an API.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FakeKubernetes } from "../../test/lab/kubernetes_api.ts";
import { BackOff } from "../cluster/store/back_off.ts";
import type { ApiAccess } from "./api_access.ts";
import { ApiClient } from "./api_client.ts";
import { follow, type Followed } from "./follow.ts";

const PODS = { what: "the pods", path: "/api/v1/pods" };
const USE = { rights: "list and watch pods", whenMissing: "look at the API's version" };

class Following implements AsyncDisposable {
  readonly api = new FakeKubernetes();
  readonly #ends = new AbortController();
  readonly #client: ApiClient;
  readonly #events: AsyncGenerator<Followed>;

  constructor(optional = false) {
    const access: ApiAccess = {
      server: this.api.server,
      token: () => undefined,
      client: () => Deno.createHttpClient({}),
    };
    this.#client = new ApiClient(access, USE, 2_000);
    const times = { backOff: () => new BackOff(20, 50), againMs: 50 };
    this.#events = follow(this.#client, PODS, optional, this.#ends.signal, times);
  }

  pod(name: string, labels: Record<string, string> = {}): void {
    this.api.put(PODS.path, { metadata: { name, namespace: "a", labels } });
  }

  async next(): Promise<Followed> {
    const { value, done } = await this.#events.next();
    assert(done !== true, "it has ended");
    return value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ends.abort();
    await this.#events.return(undefined);
    this.#client[Symbol.dispose]();
    await this.api[Symbol.asyncDispose]();
  }
}

/** `all a b`, `set c` */
function told(event: Followed): string {
  const name = (it: unknown) => (it as { metadata: { name: string } }).metadata.name;
  if (event.kind === "all") return ["all", ...event.objects.map(name)].join(" ");
  return event.kind === "set" || event.kind === "gone" ? `${event.kind} ${name(event.object)}` : event.kind;
}

async function watched(api: FakeKubernetes): Promise<void> {
  while (api.watchers === 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

Deno.test("objects are listed in pages, then come, change and go", async () => {
  await using it = new Following();
  it.api.page = 2;
  for (const name of ["p1", "p2", "p3"]) it.pod(name);
  assertEquals(told(await it.next()), "all p1 p2 p3");
  it.pod("p4");
  it.pod("p1", { app: "web" });
  it.api.remove(PODS.path, "p2", "a");
  assertEquals([told(await it.next()), told(await it.next()), told(await it.next())], ["set p4", "set p1", "gone p2"]);
});

Deno.test("a watch that ends goes on where it was", async () => {
  await using it = new Following();
  it.pod("p1");
  assertEquals(told(await it.next()), "all p1");
  const next = it.next();
  await watched(it.api);
  it.api.disconnect();
  it.pod("p2");
  assertEquals(told(await next), "set p2");
  assertEquals(it.api.requests.filter(({ query }) => !query.has("watch")).length, 1);
});

Deno.test("a place that is too old, told in the watch or before it, has everything listed again", async () => {
  await using it = new Following();
  it.pod("p1");
  assertEquals(told(await it.next()), "all p1");
  let next = it.next();
  await watched(it.api);
  it.api.expire();
  assertEquals(told(await next), "all p1");
  next = it.next();
  await watched(it.api);
  await it.api.stop();
  it.pod("p2");
  it.api.forget();
  it.api.start();
  const seen = [told(await next)];
  while (!seen.at(-1)!.startsWith("all")) seen.push(told(await it.next()));
  assertEquals(seen.at(-1), "all p1 p2");
});

Deno.test("an API out of reach is told once, and that it is back", async () => {
  await using it = new Following();
  it.pod("p1");
  assertEquals(told(await it.next()), "all p1");
  const next = it.next();
  await watched(it.api);
  it.api.failure = { status: 403, message: "pods is forbidden" };
  it.api.disconnect();
  const event = await next;
  assertStringIncludes(
    event.kind === "unreachable" ? event.why : event.kind,
    "its role has to allow: list and watch pods",
  );
  const after = it.next();
  await new Promise((resolve) => setTimeout(resolve, 200));
  it.api.failure = undefined;
  assertEquals((await after).kind, "reachable");
});

Deno.test("a kind that the API does not know may come later", async () => {
  await using it = new Following(true);
  assertEquals((await it.next()).kind, "unknown");
  assertEquals((await it.next()).kind, "unknown");
  it.pod("p1");
  for (let event = await it.next();; event = await it.next()) {
    if (event.kind !== "unknown") {
      assertEquals(told(event), "all p1");
      break;
    }
  }
});
