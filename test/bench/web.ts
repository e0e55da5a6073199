// `deno task bench:web`: what the dashboard costs whoever looks at it. In this process, over a state with many attachments,
// with Debian's chromium.

import { chromium } from "playwright-core";
import { openDatabase } from "../../host-funcs/state/open_database.ts";
import { NodeView } from "../../runtime/query/node_view.ts";
import { fill } from "../../runtime/query/testing/crowd.ts";
import { createWeb } from "../../web/app.tsx";
import { withParts } from "../../web/testing/parts.ts";

const ROUNDS = 15;

/** Runs with a dashboard over that many attachments. */
async function withCrowd(count: number, body: (origin: string) => Promise<void>): Promise<void> {
  await withParts(async (parts) => {
    const database = openDatabase(parts.view.stateDir);
    fill(database, { count, subnet: "10.64.0.0/15" });
    database.close();
    using view = new NodeView(parts.view.stateDir);
    const app = createWeb({ ...parts, view });
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (it) => app.fetch(it));
    await body(`http://127.0.0.1:${server.addr.port}`);
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

async function timed(act: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}

const lines: [string, string][] = [];
const dist = new URL("../../dist/web/client.js", import.meta.url).pathname;
const script = new Blob([await Deno.readFile(dist)]).stream().pipeThrough(new CompressionStream("gzip"));
lines.push(["script of a page, compressed", `${((await new Response(script).bytes()).length / 1024).toFixed(1)} KiB`]);

await withCrowd(10_000, async (origin) => {
  const executablePath = "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  for (const path of ["/", "/attachments"]) {
    const paints: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const page = await browser.newPage();
      await page.goto(origin + path);
      await page.waitForSelector("html[data-live=yes]");
      paints.push(
        await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN),
      );
      await page.close();
    }
    lines.push([`first contentful paint of ${path}, 10,000 leases`, `${median(paints).toFixed(0)} ms`]);
  }
  await browser.close();
});
await withCrowd(50_000, async (origin) => {
  const ask = (query: string) =>
    timed(async () => void await (await fetch(`${origin}/api/v1/attachments${query}`)).text());
  lines.push(["first answer, 50,000 attachments", `${(await ask("")).toFixed(0)} ms`]);
  for (const query of ["?pod=web-499", "?q=10.64.7", "?sort=-address"]) {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) times.push(await ask(query));
    lines.push([`${query} of 50,000 attachments`, `${median(times).toFixed(0)} ms`]);
  }
});
const width = Math.max(...lines.map(([what]) => what.length));
for (const [what, figure] of lines) {
  await Deno.stdout.write(new TextEncoder().encode(`${what.padEnd(width)}  ${figure.padStart(9)}\n`));
}
