import { assert, assertEquals } from "@std/assert";
import { listLeases } from "../../host-funcs/leases/list.ts";
import { fill } from "../../runtime/query/testing/crowd.ts";
import { type TestParts, withParts } from "../testing/parts.ts";
import type { AttachmentsAnswer } from "./attachments.ts";
import { createApi } from "./mod.ts";

async function rowsOf(parts: TestParts, query: string): Promise<AttachmentsAnswer> {
  return await (await createApi(parts).request(`/attachments${query}`)).json();
}

const names = ({ rows }: AttachmentsAnswer) => rows.map(({ podName }) => podName);

Deno.test("leases are those that the command line prints", async () => {
  await withParts(async (parts) => {
    fill(parts.database, { count: 12, subnet: "10.9.0.0/24" });
    const api = createApi(parts);
    assertEquals(await (await api.request("/leases")).json(), listLeases(parts.database));
    assertEquals((await (await api.request("/leases?network=pods")).json()).length, 12);
    assertEquals(await (await api.request("/leases?network=other")).json(), []);
  });
});

Deno.test("attachments are filtered by any column, sorted, and paged", async () => {
  await withParts(async (parts) => {
    fill(parts.database, { count: 250, subnet: "10.9.0.0/16" });
    const first = await rowsOf(parts, "");
    assertEquals([first.total, first.matched, first.page, first.pages, first.rows.length], [250, 250, 1, 5, 50]);
    assertEquals(names(await rowsOf(parts, "?pod=WEB-24&size=3")), ["web-24", "web-240", "web-241"]);
    assertEquals(names(await rowsOf(parts, "?address=10.9.0.7/&namespace=team-6")), ["web-6"]);
    assertEquals((await rowsOf(parts, "?address=10.9.0.7/&namespace=team-7")).matched, 0);
    assertEquals(names(await rowsOf(parts, "?q=0a:58:00:00:00:f9")), ["web-249"]);
    assertEquals(names(await rowsOf(parts, "?sort=-since&size=2")), ["web-249", "web-248"]);
    // As numbers, not as text: 10.9.0.9 before 10.9.0.10.
    const sorted = (await rowsOf(parts, "?sort=address&size=11")).rows.map(({ addresses }) => addresses[0]);
    assertEquals(sorted.slice(8), ["10.9.0.9/16", "10.9.0.10/16", "10.9.0.11/16"]);
    assertEquals((await rowsOf(parts, "?page=99")).page, 5);
    assertEquals((await rowsOf(parts, "?state=dead")).matched, 0);
  });
});

Deno.test("50,000 attachments are filtered within a second, most of which is the machine's", async () => {
  await withParts(async (parts) => {
    fill(parts.database, { count: 50_000, subnet: "10.9.0.0/16" });
    await rowsOf(parts, "");
    const began = performance.now();
    assertEquals((await rowsOf(parts, "?pod=web-49999")).matched, 1);
    // deno task bench:web measures it.
    assert(performance.now() - began < 1_000);
  });
});

Deno.test("a CSV has every match, and no cell that a spreadsheet would run", async () => {
  const hostile = ["=1+1", "a,b", 'say "x"', "two\nlines", "-1", "@x", "plain"];
  await withParts(async (parts) => {
    fill(parts.database, { count: hostile.length, subnet: "10.9.0.0/24", name: (at) => hostile[at]! });
    const answer = await createApi(parts).request("/attachments.csv");
    assertEquals(answer.headers.get("content-disposition"), 'attachment; filename="attachments.csv"');
    const text = await answer.text();
    const [heading, first] = text.split("\r\n");
    assertEquals(
      heading,
      "network,podNamespace,podName,addresses,containerId,ifname,mac,hostInterface,bridge,plugins,runtime,liveness," +
        "netns,since",
    );
    assertEquals(first!.slice(0, 30), "pods,team-0,'=1+1,10.9.0.1/16,");
    for (const cell of [',"a,b",', ',"say ""x""",', ',"two\nlines",', ",'-1,", ",'@x,", ",plain,"]) {
      assert(text.includes(cell), cell);
    }
    const filtered = await (await createApi(parts).request("/attachments.csv?pod=plain")).text();
    assertEquals(filtered.trim().split("\r\n").length, 2);
    const json = await (await createApi(parts).request("/attachments.json?sort=-since")).json();
    assertEquals(json.map(({ podName }: { podName: string }) => podName), hostile.toReversed());
  });
});

Deno.test("a parameter that means nothing is told of", async () => {
  await withParts(async (parts) => {
    fill(parts.database, { count: 1, subnet: "10.9.0.0/24" });
    const answer = await createApi(parts).request("/attachments?sort=constructor");
    assertEquals(answer.status, 400);
    assertEquals(
      (await answer.json()).error,
      "sort must be one of pod, namespace, address, network, container, ifname, mac, host, bridge, plugins, runtime, " +
        "since, state.",
    );
  });
});
