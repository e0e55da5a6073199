import { assert, assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import type { Judged } from "../../runtime/policy/testing.ts";
import { createWeb } from "../app.tsx";
import { withParts } from "../testing/parts.ts";
import { enforcedPod as pod, POLICY_STATUS, policyParts } from "../testing/policies.ts";
import type { WebParts } from "../parts.ts";
import type { PolicyAnswer } from "./policy.ts";

const HOSTILE = `"><img src=x onerror=alert(1)><script>alert(2)</script>`;
const JUDGED: Judged = {
  egress: { "10.0.0.1": ["NetworkPolicy shop/out egress[0]", "return"] },
  ingress: { "10.0.0.2": ["isolated by NetworkPolicy shop/closed", "drop"] },
};
const PODS = [pod("a", ["10.0.0.1"]), pod("b", ["10.0.0.2"], [8080]), pod("c", ["fd00::3"], [], "team")];

async function ask(parts: WebParts, query = ""): Promise<PolicyAnswer> {
  return await (await createWeb(parts).request(`http://node/api/v1/policy${query}`)).json();
}

async function page(parts: WebParts, query = ""): Promise<string> {
  return await (await createWeb(parts).request(`http://node/policies${query}`)).text();
}

/** `shop/a shop/b denied: why` */
function lines({ matrix }: PolicyAnswer): string[] {
  return matrix!.cells.flatMap((row, at) =>
    row.map(([verdict, reason], to) =>
      `${matrix!.sources[at]} ${matrix!.destinations[to]!.name} ${verdict}: ${matrix!.reasons[reason]}`
    )
  );
}

Deno.test("an agent that enforces none says how it would, and a silent thread where to look", async () => {
  await withParts(async (parts) => {
    assertEquals((await ask(parts)).enforcing, "none");
    assertStringIncludes(await page(parts), "cnidaria agent --policy");
  });
  await withParts(async (parts) => {
    assertStringIncludes(await page(parts), "does not answer");
  }, { policy: () => Promise.resolve("silent") });
});

Deno.test("before anything is in force there is a status and no matrix", () =>
  withParts(async (parts) => {
    assertEquals((await ask(parts)).matrix, undefined);
    assertStringIncludes(await page(parts), "Nothing is in force yet");
  }, policyParts(JUDGED, PODS, { enforced: null })));

Deno.test("a matrix asks about each pod's own ports", () =>
  withParts(async (parts) => {
    const answer = await ask(parts);
    assertEquals(lines(answer), [
      "shop/a shop/a allowed: a pod reaches itself",
      "shop/a shop/b denied: isolated by NetworkPolicy shop/closed",
      "shop/a team/c none: they have no address of the same family",
      "shop/b shop/a allowed: no policy",
      "shop/b shop/b allowed: a pod reaches itself",
      "shop/b team/c none: they have no address of the same family",
      "team/c shop/a none: they have no address of the same family",
      "team/c shop/b none: they have no address of the same family",
      "team/c team/c allowed: no policy",
    ]);
    assertEquals(answer.matrix!.destinations.map(({ ports }) => ports[0]!.port), [80, 8080, 80]);
    assertStringIncludes(
      await page(parts),
      'aria-label="shop/a may not reach shop/b at TCP 8080: isolated by NetworkPolicy shop/closed"',
    );
  }, policyParts(JUDGED, PODS)));

Deno.test("families that differ are told as partly", () =>
  withParts(async (parts) => {
    const { matrix } = await ask(parts, "?port=80&source=a");
    assertEquals(matrix!.cells[0]![1]![0], "partly");
    assertMatch(matrix!.reasons[1]!, /^tcp 80 by IPv4 denied: isolated.*; tcp 80 by IPv6 allowed: no policy$/);
  }, policyParts(JUDGED, [pod("a", ["10.0.0.1", "fd00::1"]), pod("b", ["10.0.0.2", "fd00::2"])])));

Deno.test("rows and columns are filtered, and one connection is explained", () =>
  withParts(async (parts) => {
    const { matrix } = await ask(parts, "?source=team&destination=shop&from=shop/a&to=10.0.0.2&port=53&protocol=udp");
    assertEquals([matrix!.sources, matrix!.destinationCount], [["team/c"], 2]);
    const html = await page(parts, "?from=shop/a&to=shop/b");
    assertStringIncludes(html, "Egress: allowed by NetworkPolicy shop/out egress[0]");
    assertStringIncludes(html, "Ingress: denied, isolated by NetworkPolicy shop/closed");
    assertStringIncludes(await page(parts, "?from=shop/gone&to=shop/b"), "Cannot find a pod shop/gone");
  }, policyParts(JUDGED, PODS)));

Deno.test("what is no port and no protocol is refused", () =>
  withParts(async (parts) => {
    for (const query of ["?port=0", "?port=70000", "?port=x", "?protocol=icmp"]) {
      assertEquals((await createWeb(parts).request(`http://node/api/v1/policy${query}`)).status, 400);
    }
  }, policyParts(JUDGED, PODS)));

Deno.test("rejections, waiting addresses, drops and counters are told", () => {
  const status = {
    ...POLICY_STATUS,
    rejected: [{
      name: { kind: "network-policy" as const, namespace: "shop", name: "bad" },
      errors: [{ path: "spec.x", message: "is unknown" }],
    }],
    waiting: Array.from({ length: 60 }, (_, at) => ({ address: `10.0.1.${at}`, pod: "" })),
  };
  const packet = { source: "10.0.0.1", destination: "10.0.0.2", protocol: "tcp", destinationPort: 8080 };
  const drops = Array.from({ length: 60 }, (_, at) => ({
    ...packet,
    ...{ number: at + 1, at, rule: `rule ${at}`, sourcePod: HOSTILE },
  }));
  const count = { direction: "ingress" as const, policy: "NetworkPolicy shop/closed", bytes: 1 };
  const counts = [
    { ...count, verdict: "accept" as const, packets: 9 },
    { ...count, verdict: "isolated" as const, packets: 3 },
  ];
  return withParts(
    async (parts) => {
      const answer = await ask(parts);
      assertEquals([answer.waitingCount, answer.status!.waiting.length, answer.dropsSeen], [60, 50, 70]);
      assertEquals([answer.drops.length, answer.drops[0]!.number, answer.counts[0]!.packets], [50, 60, 3]);
      const html = await page(parts);
      for (const text of ["NetworkPolicy shop/bad", "spec.x", "And 10 more", "rule 59", "shop/closed"]) {
        assertStringIncludes(html, text);
      }
      assertFalse(/<img|<script>alert/.test(html));
    },
    policyParts(JUDGED, PODS, { status, drops: { drops }, measures: { status, counts, dropsSeen: 70 } }),
  );
});

Deno.test("names do no harm", () =>
  withParts(async (parts) => {
    const html = await page(parts, `?from=${encodeURIComponent(`shop/${HOSTILE}`)}&to=shop/a`);
    assertStringIncludes(html, "img src=x");
    assertFalse(/<img|<script>alert/.test(html));
  }, policyParts(JUDGED, [pod(HOSTILE, ["10.0.0.1"]), pod("a", ["10.0.0.2"])])));

Deno.test("with 5,000 pods a page is quick after the first, small, and says what it leaves out", () => {
  const asked = new Map<string, number>();
  const addressOf = (at: number) => `10.0.${at >> 8}.${at & 255}`;
  const pods = Array.from({ length: 5_000 }, (_, at) => pod(`web-${at}`, [addressOf(at)], [8080]));
  const ingress = Object.fromEntries(
    Array.from({ length: 5_000 }, (_, at) => [addressOf(at), ["isolated by NetworkPolicy shop/web", "drop"] as const]),
  );
  return withParts(async (parts) => {
    const web = createWeb(parts);
    const html = await (await web.request("http://node/policies")).text();
    assertStringIncludes(html, "25 of 5000 rows");
    assert(html.length < 300_000, `${html.length} bytes`);
    const began = performance.now();
    await (await web.request("http://node/policies?source=web-77")).text();
    assert(performance.now() - began < 500, `${performance.now() - began} ms`);
    assertEquals(asked.get("enforced"), 1);
  }, policyParts({ ingress }, pods, {}, asked));
});
