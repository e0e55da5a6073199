// The dashboard in a real browser, over a real agent with real pods.

/// <reference lib="dom" />

import { assert, assertEquals, assertMatch } from "@std/assert";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { Agent } from "../lab/agent.ts";
import { fail } from "../lab/cni_call.ts";
import { attachment } from "../e2e/networks.ts";
import { until } from "../e2e/until.ts";
import { Objects } from "../e2e/policy_objects.ts";
import { type Dashboard, dashboardTest, QUIET } from "./dashboard.ts";

/** Every page, of a node with the pod `web-1`. */
function pathsOf({ node }: Dashboard, container: string): string[] {
  const pool = encodeURIComponent(`blue|10.22.0.0/24|${node.leaseDirectory}`);
  return [
    "/",
    `/pools/${pool}`,
    "/attachments",
    `/attachments/blue/${container}/eth0`,
    "/topology?from=shop/web-1&to=shop/web-2",
    "/policies",
    "/plugins",
    "/events",
    "/no-such-page",
  ];
}

const podCell = (page: Page, name: string) => page.locator("tbody a", { hasText: new RegExp(`^${name}$`) });

dashboardTest(
  "every page, in both themes and narrow, without a complaint or a violation of WCAG 2.2 AA",
  async (dashboard, t) => {
    const { browser, target, node, network } = dashboard;
    const { containerId } = await dashboard.add("web-1");
    await dashboard.add("web-2");
    await fail(target, node, "ADD", network, attachment(await node.pod(), { ifname: "a-name-that-is-too-long" }));
    for (const path of pathsOf(dashboard, containerId)) {
      await t.step(path.replace(node.leaseDirectory, "").replaceAll(/%2F.*$/g, ""), async () => {
        for (const [colorScheme, width] of [["light", 1280], ["dark", 390]] as const) {
          await using opened = await browser.open(path, { colorScheme, viewport: { width, height: 800 } });
          const { page, complaints } = opened;
          const expected = path === "/no-such-page" ? 1 : 0;
          assertEquals(complaints.length, expected, complaints.join("\n"));
          assertEquals(await page.locator("h1").count(), 1);
          assertEquals(
            await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
            true,
            "it is wider",
          );
          assertEquals(await violationsOf(page), []);
        }
      });
    }
  },
);

dashboardTest(
  "a new pod is seen at once, and where one is in the page and what one types stay",
  async (dashboard) => {
    const first = await dashboard.add("web-1");
    await using opened = await dashboard.browser.open("/attachments", { viewport: { width: 1280, height: 300 } });
    const { page, complaints } = opened;
    const search = page.getByLabel("Search");
    await search.focus();
    await page.evaluate(() => scrollTo(0, 40));
    const scrolled = await page.evaluate(() => scrollY);
    await dashboard.add("web-2");
    // deno task bench:web measures how soon.
    await podCell(page, "web-2").waitFor({ timeout: 10_000 });
    assertEquals(await page.evaluate(() => scrollY), scrolled);
    assertEquals(await search.evaluate((it) => it === document.activeElement), true);
    assertEquals(await page.getByText("2 attachments").count(), 1);

    await dashboard.del(first);
    await podCell(page, "web-1").waitFor({ state: "detached", timeout: 10_000 });

    await page.getByRole("button", { name: "Pause" }).click();
    const third = await dashboard.add("web-3");
    // As long as a change takes to be seen, and more.
    await page.waitForTimeout(1_000);
    assertEquals(await podCell(page, "web-3").count(), 0);
    await page.getByRole("button", { name: "Resume" }).click();
    await podCell(page, "web-3").waitFor({ timeout: 10_000 });
    await dashboard.del(third);
    assertEquals(complaints, []);
  },
);

dashboardTest("a filter has an answer while one types, and a URL; sorting and keys", async (dashboard) => {
  for (const name of ["web-1", "web-2", "db-1"]) await dashboard.add(name);
  await using opened = await dashboard.browser.open("/attachments");
  const { page, complaints } = opened;
  const filter = page.getByLabel("Filter by Pod");
  await filter.focus();
  await page.keyboard.type("db");
  await page.getByText("1 of 3 attachments").waitFor();
  assertMatch(page.url(), /\/attachments\?pod=db$/);
  assertEquals(await filter.evaluate((it) => it === document.activeElement), true);
  await page.reload();
  await page.getByText("1 of 3 attachments").waitFor();
  assertEquals(await filter.inputValue(), "db");
  await page.getByRole("link", { name: "Clear" }).click();
  await page.getByText("3 attachments", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Pod", exact: true }).click();
  await page.waitForURL(/sort=pod/);
  await until(
    "it is sorted",
    async () => (await page.locator("tbody a").allTextContents()).join() === "db-1,web-1,web-2",
  );
  await page.goBack();
  await page.waitForURL((url) => !url.search.includes("sort"));

  // By the keyboard alone: past everything to the content.
  await page.goto("/attachments");
  await page.waitForSelector("html[data-live=yes]");
  await page.keyboard.press("Tab");
  assertEquals(await page.evaluate(() => document.activeElement?.textContent), "Skip to the content");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  assertEquals(await page.evaluate(() => (document.activeElement as HTMLInputElement).name), "q");
  assertEquals(complaints, []);
});

dashboardTest("the map of a pool is one tab stop, and arrow keys lead on to the attachment", async (dashboard) => {
  const { containerId } = await dashboard.add("web-1");
  await using opened = await dashboard.browser.open(pathsOf(dashboard, containerId)[1]!);
  const { page, complaints } = opened;
  const grid = page.getByRole("grid");
  assertEquals(await grid.locator("[tabindex='0']").count(), 1);
  assertEquals(await grid.getByRole("gridcell").count(), 256);
  await grid.locator("[tabindex='0']").focus();
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");
  assertMatch(await focused(), /^10\.22\.0\.0, reserved: outside of the pool/);
  await page.keyboard.press("ArrowRight");
  assertMatch(await focused(), /^10\.22\.0\.1, reserved: the gateway of/);
  await page.keyboard.press("ArrowRight");
  assertMatch(await focused(), /^10\.22\.0\.2, used by shop\/web-1, \d+s/);
  assertEquals(await page.locator(".chosen dd").nth(2).textContent(), "web-1");
  await page.keyboard.press("End");
  assertMatch(await focused(), /^10\.22\.0\.31, free/);
  await page.keyboard.press("Control+End");
  assertMatch(await focused(), /^10\.22\.0\.255, reserved: outside of the pool/);
  assertEquals(await grid.locator("[tabindex='0']").count(), 1);
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/attachments/blue/${containerId}/eth0`);
  assertEquals(await page.locator("h1").textContent(), "Attachment of shop/web-1");
  assert(await page.locator(".waterfall tbody tr").count() > 5);
  assertEquals(complaints, []);
});

dashboardTest("without JavaScript a page says the same, and a form filters", async (dashboard) => {
  await dashboard.add("web-1");
  const { containerId } = await dashboard.add("db-1");
  for (const path of pathsOf(dashboard, containerId)) {
    await using opened = await dashboard.browser.open(path, { javaScriptEnabled: false });
    assertEquals(await opened.page.locator("h1").count(), 1, path);
  }
  await using opened = await dashboard.browser.open("/attachments", { javaScriptEnabled: false });
  const { page } = opened;
  await page.getByLabel("Filter by Pod").fill("db");
  await page.getByRole("button", { name: "Filter" }).click();
  await page.waitForURL(/pod=db/);
  assertEquals(await page.locator("tbody a").allTextContents(), ["db-1"]);
});

dashboardTest("an agent that goes is told of, and so is the next one", async (dashboard) => {
  const { agent, browser, node, target } = dashboard;
  await dashboard.add("web-1");
  await using opened = await browser.open("/attachments");
  const { page } = opened;
  await page.getByText("Live", { exact: true }).waitFor();
  await agent.end();
  await page.getByText("No connection").waitFor();
  assertEquals(await podCell(page, "web-1").count(), 1);
  await using _next = await Agent.start(target, node, QUIET);
  await page.getByText("Live", { exact: true }).waitFor({ timeout: 10_000 });
});

dashboardTest("CHECK tells what is missing, and what is dead can be released", async (dashboard) => {
  const { browser, node } = dashboard;
  const { containerId, netns } = await dashboard.add("web-1");
  if (typeof netns === "string") throw new Error("it is a namespace");
  await using opened = await browser.open(`/attachments/blue/${containerId}/eth0`);
  const { page } = opened;
  await page.getByRole("button", { name: "CHECK now" }).click();
  await page.getByText("Nothing differs").waitFor();
  await netns.ip("route del default");
  await page.getByRole("button", { name: "CHECK now" }).click();
  await page.getByText(/route .*0\.0\.0\.0\/0/i).first().waitFor();
  await netns.delete();
  await page.reload();
  await page.getByRole("button", { name: "Release" }).click();
  await page.getByRole("button", { name: "Release what is left of it" }).click();
  await page.getByText("The ledger has no such attachment").waitFor();
  assertEquals(await node.namespace.ipJson("link show type veth"), []);
  await page.goto("/events");
  await page.getByText(/release: removed/).waitFor();
}, () => [...QUIET, "--http-actions"]);

dashboardTest("who may reach whom is what the policies say, and follows them", async (dashboard) => {
  const objects = new Objects(dashboard.node);
  const network = { ...dashboard.network, networkPolicy: { untilSynced: "deny", waitMs: 5_000 } };
  for (const name of ["web-1", "db-1"]) {
    objects.pod(name, { app: name });
    await dashboard.add(name, network);
  }
  await using opened = await dashboard.browser.open("/policies?source=shop&port=5432");
  const { page, complaints } = opened;
  const cell = (from: string, verdict: string, to: string) =>
    page.getByRole("link", { name: `shop/${from} ${verdict} shop/${to} at TCP 5432` });
  await cell("web-1", "may reach", "db-1").waitFor();
  objects.policy("db", { podSelector: { matchLabels: { app: "db-1" } }, policyTypes: ["Ingress"] });
  const denied = cell("web-1", "may not reach", "db-1");
  await denied.waitFor();
  await cell("db-1", "may reach", "web-1").waitFor();
  assertEquals(await page.locator(".matrix [tabindex='0']").count(), 1);
  await denied.focus();
  assertMatch(await page.locator(".told").innerText(), /isolated by NetworkPolicy shop\/db/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/from=shop%2Fweb-1&to=shop%2Fdb-1/);
  objects.policy("bad", { podSelector: {}, ingress: [{ ports: [{ port: 0 }] }] });
  await page.getByText("NetworkPolicy shop/bad").waitFor();
  assertEquals(await violationsOf(page), []);
  assertEquals(complaints, []);
}, (node) => new Objects(node).agent());

/** What axe finds, by rule and element. */
async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const found = await page.evaluate(async (values) => {
    const { axe } = globalThis as unknown as { axe: { run(options: unknown): Promise<{ violations: Violation[] }> } };
    interface Violation {
      readonly id: string;
      readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
    }
    const { violations } = await axe.run({ runOnly: { type: "tag", values } });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`)
    );
  }, tags);
  return found;
}
