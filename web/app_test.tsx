// Names that a pod's author chose to do harm, and URLs that nobody meant: what the server makes of them.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { createWeb } from "./app.tsx";
import { PAGES } from "./pages.ts";
import { fill } from "../runtime/query/testing/crowd.ts";
import { type TestParts, withParts } from "./testing/parts.ts";

const HOSTILE = [
  "<img src=x onerror=alert(1)>",
  '"><script>alert(1)</script>',
  "</script><script>alert(2)</script>",
  "'onmouseover='alert(3)",
  "javascript:alert(4)",
  "a\u2028b\u2029c",
  "a\u202eb",
  "<!--",
  "x".repeat(10_000),
];

const container = (at: number) => at.toString(16).padStart(64, "0");

async function page(parts: TestParts, path: string) {
  const answer = await createWeb(parts).fetch(new Request(`http://localhost${path}`));
  return { status: answer.status, html: await answer.text() };
}

/** The state that the browser begins with. */
function stateOf(html: string): { data?: unknown; problem?: { status: number; error: string } } {
  const json = /<script id="state" type="application\/json">(.*?)<\/script>/s.exec(html)![1]!;
  return JSON.parse(json);
}

/** Its tags; and what begins with `<` and is none. */
function tagsOf(html: string): { tags: string[]; rest: string[] } {
  const tag = /<(?:!doctype html|\/?[a-z][a-z0-9]*(?:\s+[a-zA-Z][a-zA-Z0-9-]*(?:="[^"<]*")?)*\s*\/?)>/gi;
  return { tags: html.match(tag) ?? [], rest: html.replace(tag, "").match(/<.{0,40}/gs) ?? [] };
}

/** Only what a value begins with matters: `href="javascript:`. */
function withoutValues(tag: string): string {
  return tag.replace(/="(?!\s*javascript:)[^"]*"/gi, '=""');
}

Deno.test("what a pod is called is text on every page, and nothing else", async () => {
  await withParts(async (parts) => {
    fill(parts.database, { count: HOSTILE.length, subnet: "10.9.0.0/24", name: (at) => HOSTILE[at]! });
    for (const name of HOSTILE) {
      parts.events.add({ level: "error", kind: name, text: name, subject: `${name}/${name}/${name}` });
      parts.calls.add({
        at: "2026-01-01T00:00:00Z",
        command: "ADD",
        attachment: { network: name, containerId: name, ifname: name },
        plugins: [name],
        engine: name,
        totalMs: 1,
        steps: [],
        hostCalls: [],
        undone: [],
        error: { code: 7, message: name },
      });
    }
    const paths = [
      "/",
      `/pools/${encodeURIComponent("pods|10.9.0.0/24")}`,
      "/attachments",
      ...HOSTILE.map((_, at) => `/attachments/pods/${container(at)}/eth0`),
      `/topology?from=${encodeURIComponent(`team-0/${HOSTILE[0]}`)}&to=${encodeURIComponent(HOSTILE[1]!)}`,
      `/attachments?q=${encodeURIComponent(HOSTILE[1]!)}`,
      "/policies",
      "/plugins",
      "/events",
      `/${encodeURIComponent(HOSTILE[0]!)}`,
    ];
    for (const path of paths) {
      const { html } = await page(parts, path);
      stateOf(html);
      const { tags, rest } = tagsOf(html.replace(/(<script id="state"[^>]*>).*?(<\/script>)/s, "$1$2"));
      assertEquals(rest, [], path);
      // The state, and the browser's part.
      assertEquals(tags.filter((it) => /^<(script|img)/.test(it)).length, 2, path);
      assertEquals(
        tags.filter((it) => / (on\w+|style)[= >]|(href|src|action)="\s*javascript:/i.test(withoutValues(it))),
        [],
        path,
      );
    }
    const attachments = await page(parts, "/attachments");
    assertStringIncludes(attachments.html, "&lt;img src=x onerror=alert(1)>");
    const { rows } = stateOf(attachments.html).data as { rows: { podName: string }[] };
    assertEquals(rows.map(({ podName }) => podName), HOSTILE);
  });
});

Deno.test("a URL that leads nowhere is told of, with the status that says so", async () => {
  await withParts(async (parts) => {
    for (
      const [path, status] of [
        ["/nope", 404],
        ["/attachments/pods/abc/eth0", 404],
        ["/attachments/%E0/x/y", 404],
        ["/attachments/%E0%A4%A/x/y", 404],
        ["/pools/none", 404],
        ["/attachments?sort=colour", 400],
        ["/attachments?page=-1", 400],
        ["/attachments?size=many", 400],
        ["/topology?page=x", 400],
        ["/events?after=x", 400],
      ] as const
    ) {
      const { status: answered, html } = await page(parts, path);
      assertEquals(answered, status, path);
      assertEquals(stateOf(html).problem?.status, status);
      assertStringIncludes(html, 'role="alert"');
    }
  });
});

Deno.test("a state that cannot be read is told of on the page", async () => {
  await withParts(async (parts) => {
    await Deno.chmod(parts.view.stateDir, 0o777);
    const { status, html } = await page(parts, "/attachments");
    assertEquals(status, 503);
    assertStringIncludes(stateOf(html).problem!.error, parts.view.stateDir);
  });
});

Deno.test("an empty node has every page, and each helps on", async () => {
  await withParts(async (parts) => {
    for (const { path, entry } of PAGES) {
      if (entry === undefined) continue;
      const { status, html } = await page(parts, path);
      assertEquals([status, html.includes('class="empty"')], [200, true], path);
    }
  });
});
