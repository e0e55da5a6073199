// `deno task web:screenshots`: the README's pictures, of a node whose pods never were.

import { chromium } from "playwright-core";
import { fill } from "../../runtime/query/testing/crowd.ts";
import { createWeb } from "../../web/app.tsx";
import { withParts } from "../../web/testing/parts.ts";

const OUT = new URL("../../docs/pictures/", import.meta.url).pathname;
const NAMES = ["web", "api", "worker", "cache", "ingest", "billing"];
const PODS = 143;

await withParts(async ({ database, view, pools, ...parts }) => {
  fill(database, {
    count: PODS,
    subnet: "10.22.0.0/24",
    network: "pods",
    name: (at) => `${NAMES[at % NAMES.length]}-${at}`,
  });
  // Some whose container has gone, some of no attachment, and gaps where pods have been.
  database.run("UPDATE attachments SET boot_id = 'earlier' WHERE container_id LIKE '%3d'");
  database.run("DELETE FROM attachments WHERE container_id LIKE '%51'");
  for (const suffix of ["17", "2a", "33", "5c", "66"]) {
    database.run(`DELETE FROM attachments WHERE container_id LIKE '%${suffix}'`);
    database.run(`DELETE FROM leases WHERE container_id LIKE '%${suffix}'`);
  }
  database.run("UPDATE pools SET held = (SELECT count(*) FROM leases)");
  for (let minute = 240; minute >= 0; minute--) {
    const fewer = Math.round(minute / 3 + 6 * Math.sin(minute / 9));
    pools.add(view.snapshot().pools.map((it) => ({ ...it, held: it.held - fewer })), Date.now() - minute * 60_000);
  }
  const app = createWeb({ ...parts, view, pools, version: "0.1.0" });
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => app.fetch(request),
  );
  const origin = `http://127.0.0.1:${server.addr.port}`;
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  for (
    const [name, path, colorScheme] of [
      ["pool", `/pools/${encodeURIComponent("pods|10.22.0.0/24")}`, "light"],
      ["topology", "/topology?from=team-0/web-0&to=team-1/api-1", "dark"],
    ] as const
  ) {
    const page = await browser.newPage({ viewport: { width: 1180, height: 640 }, colorScheme });
    await page.goto(origin + path);
    await page.waitForSelector("html[data-live=yes]");
    if (name === "pool") await page.locator(".cell.used").nth(20).hover();
    await page.screenshot({ path: `${OUT}${name}.png` });
  }
  await browser.close();
});
