// `cnidaria policy`, as it is installed, on the example of a shop: without an agent, and with one.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Reach } from "../../runtime/policy/reachability.ts";
import { Agent } from "../lab/agent.ts";
import type { Target } from "../lab/cni_call.ts";
import type { Node } from "../lab/node.ts";
import { agentTest } from "./agents.ts";
import { eachColdEngine } from "./each_target.ts";

const SHOP = new URL("../../examples/policy/shop", import.meta.url).pathname;

interface Told {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function policy(target: Target, node: Node, ...args: string[]): Promise<Told> {
  // Nobody answers there, unless a later option says otherwise.
  const http = ["apply", "drops"].includes(args[0]!) ? ["--http", `${node.directory}/http.sock`] : [];
  const argv = [`${target.directory}/cnidaria`, "policy", args[0]!, ...http, ...args.slice(1)];
  return node.namespace.run(argv, { env: target.environment(node) });
}

async function told(target: Target, node: Node, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await policy(target, node, ...args);
  assertEquals([code, stderr], [0, ""], stdout);
  return stdout;
}

/** A copy of the shop, where an agent may read it. */
async function copyShop(node: Node): Promise<string> {
  const copy = `${node.directory}/shop`;
  await Deno.mkdir(copy, { recursive: true });
  for (const { name } of Deno.readDirSync(SHOP)) await Deno.copyFile(`${SHOP}/${name}`, `${copy}/${name}`);
  return copy;
}

/** A copy in which a file has other text. */
async function shopWith(node: Node, file: string, from: string, to: string): Promise<string> {
  const copy = await copyShop(node);
  const text = await Deno.readTextFile(`${copy}/${file}`);
  assert(text.includes(from));
  await Deno.writeTextFile(`${copy}/${file}`, text.replace(from, to));
  return copy;
}

eachColdEngine("policy check counts what can be used, and tells the place of what cannot", async (target, node) => {
  const { objects, problems, table } = JSON.parse(await told(target, node, "check", SHOP, "--json"));
  assertEquals(problems, []);
  assertEquals(objects, { Namespace: 3, Pod: 5, Node: 2, NetworkPolicy: 4, ClusterNetworkPolicy: 1 });
  assert(table.rules > 8 && table.elements > 20);
  assertStringIncludes(await told(target, node, "check", SHOP), "5: 4 NetworkPolicy, 1 ClusterNetworkPolicy");
  const bad = await shopWith(node, "policies.yaml", "192.0.2.0/24", "192.0.2.0/33");
  const { code, stdout } = await policy(target, node, "check", bad);
  const text = Deno.readTextFileSync(`${bad}/policies.yaml`);
  const line = text.slice(0, text.indexOf("192.0.2.0/33")).split("\n").length;
  assertEquals([code, stdout.split("\n").slice(1)], [1, ["1 error", ""]]);
  assertStringIncludes(
    stdout,
    `${bad}/policies.yaml:${line}: document 3: NetworkPolicy backend/api: spec.ingress[1].from[0].ipBlock.cidr is`,
  );
});

eachColdEngine("policy table and explain tell the same of every pair, with the rule", async (target, node) => {
  const reaches: Reach[] = JSON.parse(await told(target, node, "table", SHOP, "--json"));
  const allowed = reaches.filter((it) => it.allowed && it.from !== it.to).map(({ from, to, port }) =>
    `${from} ${to} ${port}`
  );
  assertEquals(allowed.sort(), [
    "backend/api-1 db/postgres-1 5432",
    "backend/api-1 frontend/web-1 8080",
    "backend/api-1 frontend/web-2 8080",
    "backend/worker-1 db/postgres-1 5432",
    "backend/worker-1 frontend/web-1 8080",
    "backend/worker-1 frontend/web-2 8080",
    "frontend/web-1 backend/api-1 9000",
    "frontend/web-2 backend/api-1 9000",
  ]);
  for (const { from, to, port, families, ...reach } of reaches.filter((_, at) => at % 6 === 0)) {
    assertEquals(families, [4, 6]);
    const asked = ["explain", "--dir", SHOP, "--from", from, "--to", to, "--port", String(port), "--json"];
    const explained = JSON.parse(await told(target, node, ...asked));
    assertEquals([explained.allowed, explained.complete], [reach.allowed, true]);
    for (const { egress, ingress } of explained.families) {
      const deciding = [egress, ingress].filter(({ verdict }) => verdict === (reach.allowed ? "allowed" : "denied"));
      const rules = new Set(deciding.map(({ rule }) => rule).filter((it) => it !== undefined));
      assertEquals([...rules].join("; ") || "no policy", reach.rule);
    }
  }
  const matrix = await told(target, node, "table", SHOP, "--port", "53/udp");
  assertStringIncludes(
    matrix,
    "frontend/web-1    .               X               X              X                 X\n",
  );
});

eachColdEngine("policy apply changes what differs; what is bad changes nothing", async (target, node) => {
  const listed = () => node.namespace.must(["nft", "-s", "list", "ruleset"]);
  const apply = async (...args: string[]) => (await told(target, node, "apply", ...args)).trimEnd().split("\n");
  assertStringIncludes((await apply(SHOP, "--dry-run")).at(-1)!, "would change table inet cnidaria-policy, made anew");
  assertEquals(await listed(), "");
  assertStringIncludes(
    (await apply(SHOP, "--node", "node-1")).at(-1)!,
    "changed table inet cnidaria-policy, made anew",
  );
  const before = await listed();
  assertStringIncludes(before, "isolated by NetworkPolicy backend/api, backend/default-deny");
  // No pod of that node is selected by it.
  assertEquals(before.includes("db/postgres"), false);
  assertEquals(await apply(SHOP, "--node", "node-1"), ["nothing to change"]);
  assertEquals(await listed(), before);

  const bad = await shopWith(node, "policies.yaml", "endPort: 9199", "endPort: 80");
  const refused = await policy(target, node, "apply", bad, "--node", "node-1");
  assertEquals([refused.code, refused.stdout], [1, ""]);
  assertStringIncludes(refused.stderr, "NetworkPolicy backend/api: spec.ingress[1].ports[0].endPort");
  assertStringIncludes(refused.stderr, "Nothing was applied: what was in force before stays so");
  assertEquals(await listed(), before);

  const relabelled = await shopWith(node, "pods.yaml", "app: worker", "app: api");
  const changes = await apply(relabelled, "--node", "node-1");
  assertEquals(changes.length, 3);
  assert(changes[0]!.startsWith("add to pods4-") && changes[0]!.endsWith(": 10.1.2.21"), changes[0]);
  assert(changes[1]!.startsWith("add to pods6-") && changes[1]!.endsWith(": fd00:1:2::21"), changes[1]);
  assertEquals(changes[2], "changed table inet cnidaria-policy: 2 changes");

  await node.namespace.must(["nft", "flush", "chain", "inet", "cnidaria-policy", "forward"]);
  assertStringIncludes((await apply(SHOP, "--node", "node-1")).at(-1)!, "made anew");
  assertEquals(await listed(), before);
  assertEquals(await apply("--remove"), ["removed table inet cnidaria-policy: no policy of it is in force"]);
  assertEquals(await listed(), "");
});

eachColdEngine("what policy commands cannot do is a sentence", async (target, node) => {
  const complaint = async (...args: string[]) => {
    const { code, stdout, stderr } = await policy(target, node, ...args);
    assertEquals(stdout, "");
    assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
    return `${code} ${stderr}`;
  };
  assertStringIncludes(await complaint("check", "/nowhere"), "1 Cannot read /nowhere as");
  assertStringIncludes(await complaint("apply"), "2 Cannot tell what to do");
  assertStringIncludes(await complaint("apply", SHOP, "--node", "node-9"), "it has node-1, node-2");
  assertStringIncludes(await complaint("drops"), "1 Cannot ask the agent at");
  const explain = ["explain", "--dir", SHOP, "--from", "frontend/web-9", "--to", "192.0.2.1", "--port", "80"];
  assertStringIncludes(await complaint(...explain), "Cannot find a pod frontend/web-9");
});

agentTest("policy explain and drops ask the agent, beside which nothing is applied", async (target, node) => {
  const options = `${node.directory}/policy.json`;
  const source = { type: "folder", path: await copyShop(node) };
  await Deno.writeTextFile(options, JSON.stringify({ node: "node-1", source }));
  await using _agent = await Agent.start(target, node, ["--policy", options]);
  const http = ["--http", `${node.directory}/http.sock`];
  const explain = (from: string, to: string, port: string) =>
    told(target, node, "explain", ...http, "--from", from, "--to", to, "--port", port);
  assertEquals((await explain("frontend/web-1", "backend/api-1", "api")).split("\n").slice(0, 3), [
    "frontend/web-1 to backend/api-1 tcp 9000: allowed",
    "  egress   allowed  NetworkPolicy frontend/web egress[0]",
    "  ingress  allowed  NetworkPolicy backend/api ingress[0]",
  ]);
  assertStringIncludes(await explain("frontend/web-2", "backend/api-1", "api"), "allowed by this node\n");
  assertStringIncludes(await explain("192.0.2.11", "backend/api-1", "9000"), "allowed\n");
  assertStringIncludes(await explain("192.0.2.12", "backend/api-1", "9000"), "denied\n");
  assertEquals(await told(target, node, "drops"), "no packet was dropped and logged\n");
  const { code, stderr } = await policy(target, node, "apply", SHOP);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "enforces those of node node-1, in the same table");
});
