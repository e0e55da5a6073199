// The API is what its description says: every path of it is asked, and every answer is held against its schema.

import { assert, assertEquals } from "@std/assert";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { logCall } from "../runtime/plugin/call_log.ts";
import { tableOf } from "../runtime/policy/testing.ts";
import { toJson } from "../runtime/policy/ruleset_json.ts";
import { poolId } from "../runtime/query/pool_history.ts";
import { pluginRows } from "../runtime/query/plugin_rows.ts";
import { fill } from "../runtime/query/testing/crowd.ts";
import { createApi } from "./api/mod.ts";
import type { WebParts } from "./parts.ts";
import { type TestParts, withParts } from "./testing/parts.ts";

interface Answer {
  readonly content?: Readonly<Record<string, { readonly schema: unknown }>>;
}

interface Description {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Record<string, { $ref?: string } & Answer> }>>>
  >;
  readonly components: { readonly responses: Readonly<Record<string, Answer>> };
}

const description: Description = parse(Deno.readTextFileSync(new URL("./openapi.yaml", import.meta.url)), {
  merge: true,
});
const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true, allowUnionTypes: true });
ajv.addVocabulary(["components"]);
ajv.addSchema({ $id: "api", components: description.components });

const CSRF = "1234";
const container = "0".repeat(64);

const NAMED = { a: ["10.9.0.1"], b: ["10.9.0.2"] } as const;

const given: Partial<WebParts> = {
  actions: {
    check: () => Promise.resolve(["something is missing"]),
    release: () => Promise.reject(new Error("its container is not gone")),
    collectGarbage: () => Promise.resolve([]),
  },
  plugins: () => pluginRows(new URL("../dist", import.meta.url).pathname, "/nowhere"),
  cluster: () =>
    Promise.resolve({
      node: "n1",
      store: { kind: "etcd", where: "http://192.0.2.1:2379" },
      families: [{ family: "ipv4", subnet: "10.9.0.0/24", publicIp: "192.0.2.1", underlay: "eth0", podMtu: 1450 }],
      peers: [{ name: "n2", family: "ipv4", subnet: "10.9.1.0/24", publicIp: "192.0.2.2", state: "connected" }],
      repairs: 0,
      repaired: 0,
    }),
  policy: ((question: string) => {
    const status = {
      node: "n1",
      synced: true,
      inForce: true,
      waitsFor: [],
      troubles: [],
      objects: { Namespace: 1, Pod: 2, Node: 1, NetworkPolicy: 1, ClusterNetworkPolicy: 0 },
      localPods: 2,
      rejected: [],
      waiting: [],
      elements: 4,
      repairs: 0,
      failures: 0,
    };
    const pods = Object.entries(NAMED).map(([name, addresses]) => ({
      namespace: "shop",
      name,
      addresses,
      ports: [],
      local: true,
    }));
    const content = toJson(tableOf({ ingress: { "10.9.0.2": ["NetworkPolicy shop/b", "drop"] } }));
    const drop = {
      number: 1,
      at: 1,
      rule: "NetworkPolicy shop/b",
      source: "10.9.0.1",
      destination: "10.9.0.2",
      protocol: "tcp",
    };
    const counts = [{ direction: "ingress", verdict: "deny", policy: "NetworkPolicy shop/b", packets: 1, bytes: 60 }];
    const answers: Readonly<Record<string, unknown>> = {
      status,
      drops: { drops: [drop] },
      enforced: { node: "n1", addresses: [], content, pods },
      measures: { status, counts, dropsSeen: 1 },
    };
    return Promise.resolve(answers[question]);
  }) as unknown as WebParts["policy"],
};

/** A node that has something of everything. */
async function withNode(body: (api: ReturnType<typeof createApi>, parts: TestParts) => Promise<void>): Promise<void> {
  await withParts(async (parts) => {
    fill(parts.database, { count: 3, subnet: "10.9.0.0/16" });
    const trace = {
      at: new Date().toISOString(),
      command: "ADD",
      attachment: { network: "pods", containerId: container, ifname: "eth0" },
      plugins: ["bridge"],
      engine: "wasmtime",
      totalMs: 5,
      steps: [{ name: "config", ms: 1 }],
      hostCalls: [
        { plugin: "bridge", function: "links.createVeth", args: "{}", depth: 0, at: 1, ms: 1, result: "{}" },
        { plugin: "bridge", function: "routes.add", args: "{}", depth: 0, ms: 1, error: "exists" },
      ],
      undone: [{ change: "{}", ms: 1 }],
      error: { code: 7, message: "no" },
    };
    logCall(parts.view.stateDir, trace);
    parts.calls.add(trace);
    parts.events.add({ level: "error", kind: "ADD", text: "failed", subject: `pods/${container}/eth0` });
    parts.events.add({ level: "info", kind: "keeper", text: "nothing" });
    parts.pools.add(parts.view.snapshot().pools);
    await body(createApi(parts, CSRF), parts);
  }, given);
}

const one = `/attachments/pods/${container}/eth0`;
const pool = encodeURIComponent("pods|10.9.0.0/16");
const headers = { "x-csrf-token": CSRF };

/** By the path in the description: what is asked, and the status of the answer. */
const ASKED: Readonly<Record<string, readonly (readonly [path: string, status: number, init?: RequestInit])[]>> = {
  "/overview": [["/overview", 200]],
  "/pools": [["/pools", 200]],
  "/pools/{id}": [
    [`/pools/${pool}`, 200],
    [`/pools/${pool}?prefix=10.9.0.0/24`, 200],
    [`/pools/${pool}?prefix=10.8.0.0/24`, 400],
    ["/pools/none", 404],
  ],
  "/leases": [["/leases", 200]],
  "/attachments": [["/attachments?q=web", 200], ["/attachments?sort=x", 400]],
  "/attachments.json": [["/attachments.json", 200], ["/attachments.json?sort=x", 400]],
  "/attachments.csv": [["/attachments.csv", 200], ["/attachments.csv?sort=x", 400]],
  "/attachments/{network}/{container}/{ifname}": [[one, 200], ["/attachments/a/b/c", 404]],
  "/attachments/{network}/{container}/{ifname}/check": [
    [`${one}/check`, 200, { method: "POST", headers }],
    [`${one}/check`, 403, { method: "POST" }],
    [`${one}/check`, 405],
  ],
  "/attachments/{network}/{container}/{ifname}/release": [[`${one}/release`, 409, { method: "POST", headers }]],
  "/gc": [["/gc", 200, { method: "POST", headers }]],
  "/topology": [
    ["/topology", 200],
    ["/topology?from=team-0/web-0&to=10.9.1.7", 200],
    ["/topology?from=x&to=y", 200],
    ["/topology?page=x", 400],
  ],
  "/path": [["/path?from=team-0/web-0&to=team-1/web-1", 200], ["/path?from=team-0/web-0", 400]],
  "/policy": [
    ["/policy", 200],
    ["/policy?from=shop/a&to=shop/b&port=80", 200],
    ["/policy?from=shop/a&to=shop/none", 200],
    ["/policy?port=x", 400],
  ],
  "/plugins": [["/plugins", 200]],
  "/events": [["/events", 200], ["/events?after=x", 400]],
  "/stream": [["/stream", 200]],
};

/** What an answer is, as the description has it. */
function answerOf(path: string, method: string, status: number): Answer {
  const found = description.paths[path]![method]!.responses[status];
  if (found === undefined) throw new Error(`${method} ${path} does not describe ${status}`);
  return found.$ref === undefined ? found : description.components.responses[found.$ref.split("/").at(-1)!]!;
}

function problemsOf(schema: unknown, value: unknown): string[] {
  const resolved = JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"api#/components/'));
  const validate = ajv.compile(resolved);
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    `${instancePath} ${message} ${JSON.stringify(params)}`
  );
}

Deno.test("every path is described, and every answer is as described", async (t) => {
  assertEquals(Object.keys(description.paths).sort(), Object.keys(ASKED).sort());
  await withNode(async (api) => {
    const mounted = new Set(
      api.routes.filter(({ method }) => method === "GET" || method === "POST")
        .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`),
    );
    const described = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods).filter((it) => it !== "parameters").map((method) => `${method.toUpperCase()} ${path}`)
    );
    assertEquals([...mounted].sort(), described.sort());
    for (const [path, all] of Object.entries(ASKED)) {
      for (const [asked, status, init] of all) {
        await t.step(`${init?.method ?? "GET"} ${asked}`, async () => {
          const answer = await api.request(asked, init ?? {});
          assertEquals(answer.status, status);
          const method = status === 405 ? "post" : (init?.method ?? "GET").toLowerCase();
          const { content = {} } = answerOf(path, method, status);
          const [type] = answer.headers.get("content-type")!.split(";");
          assert(type! in content, `${type} is not described`);
          if (type !== "application/json") return void await answer.body?.cancel();
          assertEquals(problemsOf(content[type]!.schema, await answer.json()), []);
        });
      }
    }
  });
});

Deno.test("an answer with more, less, or something else is noticed", async () => {
  await withNode(async (api, parts) => {
    assertEquals(poolId(parts.view.snapshot().pools[0]!), "pods|10.9.0.0/16");
    const { schema } = answerOf("/pools/{id}", "get", 200).content!["application/json"]!;
    const map = await (await api.request(`/pools/${pool}?prefix=10.9.0.0/24`)).json();
    assertEquals(problemsOf(schema, map), []);
    const { node: _, ...less } = map;
    for (const other of [{ ...map, more: 1 }, less, { ...map, page: "1" }, { ...map, blocks: [] }]) {
      assert(problemsOf(schema, other).length > 0);
    }
    map.cells[5].kind = "unheard-of";
    assert(problemsOf(schema, map).length > 0);
  });
});
