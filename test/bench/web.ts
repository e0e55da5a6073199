// `deno task bench:web`: what the dashboard costs whoever looks at it. In this process, over a state with many attachments,
// with Debian's chromium.

import { chromium } from "playwright-core";
import type { Database } from "../../host-funcs/state/database.ts";
import { openDatabase } from "../../host-funcs/state/open_database.ts";
import { Dashboard } from "../../runtime/agent/dashboard.ts";
import { fill } from "../../runtime/query/testing/crowd.ts";

const ROUNDS = 15;

/** Runs with the agent's dashboard over a state with that many attachments. */
async function withCrowd(count: number, body: (origin: string, database: Database) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir({ prefix: "cnidaria-bench-" });
  const database = openDatabase(`${parent}/state`);
  try {
    fill(database, { count, subnet: "10.64.0.0/15" });
    using dashboard = new Dashboard({
      node: "node-1",
      version: "",
      stateDir: `${parent}/state`,
      cluster: () => Promise.resolve("none"),
      policy: () => Promise.resolve("none"),
      plugins: () => [],
      actions: undefined,
      warn: () => {},
    });
    const serve = async (request: Request) => (await dashboard.app()).fetch(request);
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, serve);
    await body(`http://127.0.0.1:${server.addr.port}`, database);
  } finally {
    database.close();
    await Deno.remove(parent, { recursive: true });
  }
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
const dist = new URL("../../dist", import.meta.url).pathname;
Deno.env.set("CNIDARIA_LIB", dist);
const script = new Blob([await Deno.readFile(`${dist}/web/client.js`)]).stream().pipeThrough(
  new CompressionStream("gzip"),
);
lines.push(["script of a page, compressed", `${((await new Response(script).bytes()).length / 1024).toFixed(1)} KiB`]);

await withCrowd(10_000, async (origin, database) => {
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
  const page = await browser.newPage();
  await page.goto(`${origin}/attachments?sort=-since&size=10`);
  await page.waitForSelector("html[data-live=yes]");
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    times.push(
      await timed(async () => {
        fill(database, {
          count: 1,
          subnet: `10.${100 + round}.0.0/24`,
          network: `new-${round}`,
          name: () => `new-${round}`,
        });
        await page.locator("tbody a", { hasText: new RegExp(`^new-${round}$`) }).waitFor();
      }),
    );
  }
  lines.push(["a new attachment in the page, of 10,000", `${median(times).toFixed(0)} ms`]);
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
