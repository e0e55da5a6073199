import { assertEquals, assertStringIncludes } from "@std/assert";
import { withParts } from "../testing/parts.ts";
import { createApi } from "./mod.ts";

const CSRF = "4a1b";
const one = "/attachments/blue/abc/eth0";

/** Actions that work, and tell what they were asked for. */
function working(asked: string[]) {
  return {
    check: ({ network, containerId, ifname }: { network: string; containerId: string; ifname: string }) => {
      asked.push(`check ${network} ${containerId} ${ifname}`);
      return Promise.resolve(["route 0.0.0.0/0 is missing"]);
    },
    release: () => {
      asked.push("release");
      return Promise.reject(new Error("its container is not gone\n    at secret.ts"));
    },
    collectGarbage: () => {
      asked.push("gc");
      return Promise.resolve([]);
    },
  };
}

Deno.test("without --http-actions nothing can be asked for", async () => {
  await withParts(async (parts) => {
    for (const path of [`${one}/check`, `${one}/release`, "/gc"]) {
      const answer = await createApi(parts).request(path, { method: "POST", headers: { "x-csrf-token": "undefined" } });
      assertEquals(answer.status, 403, path);
      assertStringIncludes((await answer.json()).error, "--http-actions");
    }
    assertEquals(parts.events.list(), []);
  });
});

Deno.test("an action needs what only a page of ours knows, and is never a GET", async () => {
  const asked: string[] = [];
  await withParts(async (parts) => {
    const api = createApi(parts, CSRF);
    for (const path of [`${one}/check`, `${one}/release`, "/gc"]) {
      for (const headers of [{}, { "x-csrf-token": "" }, { "x-csrf-token": `${CSRF}0` }]) {
        assertEquals((await api.request(path, { method: "POST", headers })).status, 403);
      }
      const got = await api.request(path, { headers: { "x-csrf-token": CSRF } });
      assertEquals([got.status, got.headers.get("allow")], [405, "POST"]);
    }
    assertEquals([asked, parts.events.list()], [[], []]);
  }, { actions: working(asked) });
});

Deno.test("what an action did is answered, and an event", async () => {
  const asked: string[] = [];
  await withParts(async (parts) => {
    const api = createApi(parts, CSRF);
    const topics: string[] = [];
    parts.changes.listen((topic) => topics.push(topic));
    const post = (path: string) => api.request(path, { method: "POST", headers: { "x-csrf-token": CSRF } });
    const check = await post("/attachments/blue/a%2Fb/eth0/check");
    assertEquals([check.status, await check.json()], [200, { lines: ["route 0.0.0.0/0 is missing"] }]);
    assertEquals(topics, ["events", "attachments"]);
    const release = await post(`${one}/release`);
    assertEquals([release.status, await release.json()], [409, {
      error: "release failed: its container is not gone.",
    }]);
    assertEquals(await (await post("/gc")).json(), { lines: [] });
    assertEquals(asked, ["check blue a/b eth0", "release", "gc"]);
    assertEquals(parts.events.list().map(({ level, kind, text, subject }) => [level, kind, text, subject]), [
      ["info", "action", "CHECK: route 0.0.0.0/0 is missing", "blue/a/b/eth0"],
      ["error", "action", "release: its container is not gone", "blue/abc/eth0"],
      ["info", "action", "GC: nothing to tell", undefined],
    ]);
  }, { actions: working(asked) });
});
