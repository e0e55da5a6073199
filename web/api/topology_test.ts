import { assert, assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { createWeb } from "../app.tsx";
import { fill } from "../../runtime/query/testing/crowd.ts";
import { overlayOf } from "../testing/overlay.ts";
import { type TestParts, withParts } from "../testing/parts.ts";
import type { PathAnswer, TopologyAnswer } from "./topology.ts";

const HOSTILE = `"><img src=x onerror=alert(1)></script><script>alert(2)</script>`;

async function ask(parts: TestParts, query = ""): Promise<TopologyAnswer> {
  return await (await createWeb(parts).request(`http://node/api/v1/topology${query}`)).json();
}

async function page(parts: TestParts, query = "") {
  const answer = await createWeb(parts).request(`http://node/topology${query}`);
  return { status: answer.status, html: await answer.text() };
}

Deno.test("a node without anything is told how it comes to something", () =>
  withParts(async (parts) => {
    const { attachments, bridges, overlay, path } = await ask(parts);
    assertEquals({ attachments, bridges, overlay, path }, {
      attachments: 0,
      bridges: [],
      overlay: "none",
      path: undefined,
    });
    const { html } = await page(parts);
    assertStringIncludes(html, "No pod is attached yet");
    assertStringIncludes(html, "runs no overlay");
  }));

Deno.test("bridges are told with the first of their pods; peers are filtered and paged", () =>
  withParts(async (parts) => {
    fill(parts.database, { count: 30, subnet: "10.1.0.0/16" });
    const { bridges, attachments } = await ask(parts);
    assertEquals([bridges.length, bridges[0]?.bridge, bridges[0]?.count, attachments], [1, "cni0", 30, 30]);
    assertEquals(bridges[0]!.pods.length, 20);
    const { overlay } = await ask(parts, "?state=failed&page=2");
    if (typeof overlay === "string") throw new Error("there is an overlay");
    assertEquals([overlay.total, overlay.matched, overlay.page, overlay.pages, overlay.peers.length], [
      1000,
      100,
      2,
      4,
      25,
    ]);
    assertEquals(overlay.counts, { connected: 900, failed: 100, ignored: 0 });
    assertStringIncludes((await page(parts)).html, 'href="/attachments?bridge=cni0"');
  }, { cluster: () => Promise.resolve(overlayOf(1000)) }));

Deno.test("a path has a URL of its own, in the page and alone", () =>
  withParts(async (parts) => {
    fill(parts.database, { count: 2, subnet: "10.1.0.0/16" });
    const { path } = await ask(parts, "?from=team-0/web-0&to=10.2.5.9");
    if (path === undefined || "error" in path) throw new Error("there is a path");
    assertEquals(path.hops.map(({ name }) => name).slice(2), [
      ...["cni0", "node-1", "flannel.1", "ens3", "peer-5", "10.2.5.9"],
    ]);
    const { html } = await page(parts, "?from=team-0/web-0&to=team-1/web-1");
    assertMatch(html, /<ol class="hops">.*veth00000001.*<\/ol>/s);
    const answer = await createWeb(parts).request("http://node/api/v1/path?from=team-0/web-0&to=198.51.100.1");
    assertStringIncludes((await answer.json() as PathAnswer).notes[0]!, "not masqueraded");
  }, { cluster: () => Promise.resolve(overlayOf(10)) }));

Deno.test("a path out of the node says whether it is masqueraded", () =>
  withParts(async (parts) => {
    fill(parts.database, { count: 1, subnet: "10.1.0.0/16" });
    parts.database.run(`UPDATE attachments SET config = '{"ipMasq":true}'`);
    const { path } = await ask(parts, "?from=team-0/web-0&to=198.51.100.1");
    assertStringIncludes(JSON.stringify(path), "an address of its own as the source");
  }));

Deno.test("who is not known is a sentence in the page, and an error of the path alone", () =>
  withParts(async (parts) => {
    const { status, html } = await page(parts, "?from=shop/gone&to=10.0.0.1");
    assertEquals(status, 200);
    assertStringIncludes(html, "No pod of this node is called shop/gone");
    const request = (query: string) => createWeb(parts).request(`http://node/api/v1/path${query}`);
    assertEquals((await request("?from=shop/gone&to=10.0.0.1")).status, 400);
    assertEquals((await request("")).status, 400);
  }));

Deno.test("names do no harm, and pods that are typed are suggested", () =>
  withParts(async (parts) => {
    fill(parts.database, { count: 40, subnet: "10.1.0.0/16", name: (at) => at === 39 ? HOSTILE : `web-${at}` });
    assert((await ask(parts, "?from=web-33")).suggestions.includes("team-13/web-33"));
    for (const query of ["?from=img", `?from=${encodeURIComponent(`team-19/${HOSTILE}`)}&to=team-0/web-0`]) {
      const { html } = await page(parts, query);
      assertStringIncludes(html, "img src=x");
      assertFalse(/<img|<script>alert/.test(html));
    }
  }));

Deno.test("with 1,000 peers and 10,000 pods a page stays small", () =>
  withParts(async (parts) => {
    fill(parts.database, { count: 10_000, subnet: "10.1.0.0/16" });
    const { html } = await page(parts, "?from=team-0/web-0&to=10.3.5.9");
    assert(html.length < 200_000, `${html.length} bytes`);
    assertStringIncludes(html, "and 976 more");
    assertFalse(/ style=/.test(html));
  }, { cluster: () => Promise.resolve(overlayOf(1000)) }));
