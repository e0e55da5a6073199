// The guide and the alerts name the metrics that there are.

import { assertEquals } from "@std/assert";
import { parse } from "yaml";
import { Metrics } from "../../runtime/agent/metrics.ts";
import { PolicyMetrics } from "../../runtime/agent/policy/policy_metrics.ts";
import { run } from "../../runtime/setup/command.ts";

const GUIDE = new URL("operate.md", import.meta.url).pathname;
const EXAMPLES = new URL("../../examples/prometheus", import.meta.url).pathname;

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description?: string };
}

/** Of an agent that does everything: name and type. */
async function allMetrics(): Promise<Map<string, string>> {
  const metrics = new Metrics();
  const { registry } = metrics;
  const store = { kind: "etcd", where: "http://192.0.2.1:2379" };
  metrics.cluster({ node: "a", store, families: [], peers: [], repairs: 0, repaired: 0 });
  const status = { node: "a", synced: true, inForce: true, waitsFor: [], troubles: [], rejected: [], waiting: [] };
  const numbers = { objects: {} as never, localPods: 0, elements: 0, repairs: 0, failures: 0 };
  new PolicyMetrics(registry).told({ status: { ...status, ...numbers }, counts: [], dropsSeen: 0 });
  return new Map((await registry.getMetricsAsJSON()).map(({ name, type }) => [name, String(type)]));
}

async function rules(): Promise<Rule[]> {
  const file = parse(await Deno.readTextFile(`${EXAMPLES}/alerts.yaml`)) as { groups: { rules: Rule[] }[] };
  return file.groups.flatMap((group) => group.rules);
}

Deno.test("operate.md has every metric, with its type, and none that is not there", async () => {
  const rows = [...(await Deno.readTextFile(GUIDE)).matchAll(/^\| `(cnidaria_\w+)` +\| (\w+) +\|/gm)];
  const told = rows.map(([, name, type]): [string, string] => [name!, type!]).sort();
  assertEquals(told, [...await allMetrics()].sort());
});

Deno.test("alerts.yaml: each alert is whole, and asks for metrics that there are", async () => {
  const known = await allMetrics();
  const problems: string[] = [];
  const found = await rules();
  for (const { alert, expr, labels, annotations } of found) {
    if (!/^Cnidaria\w+$/.test(alert)) problems.push(`${alert}: its name`);
    if (!["warning", "critical"].includes(labels.severity)) problems.push(`${alert}: ${labels.severity}`);
    if (annotations.summary === undefined) problems.push(`${alert}: no summary`);
    for (const [name] of expr.matchAll(/\bcnidaria_\w+/g)) {
      const family = name.replace(/_bucket$/, "");
      if (!known.has(family)) problems.push(`${alert}: no metric ${name}`);
      if ((known.get(family) === "histogram") !== name.endsWith("_bucket")) problems.push(`${alert}: ${name}`);
    }
  }
  assertEquals(problems, []);
  assertEquals(new Set(found.map(({ alert }) => alert)).size, found.length);
});

Deno.test("alerts_tests.yaml has every alert of alerts.yaml fire, and operate.md names no other", async () => {
  const text = await Deno.readTextFile(`${EXAMPLES}/alerts_tests.yaml`);
  const found = await rules();
  assertEquals(Number(/exp_samples: \[\{ labels: '?"?\{\}'?"?, value: ([1-9]\d*) \}\]/.exec(text)?.[1]), found.length);
  const names = [...(await Deno.readTextFile(GUIDE)).matchAll(/`(Cnidaria\w+)`/g)].map(([, name]) => name!);
  assertEquals(names.filter((name) => !found.some(({ alert }) => alert === name)), []);
});

const missing = await run("promtool", ["--version"]) === undefined ? " (skipped: needs promtool, of prometheus)" : "";

Deno.test({
  name: `promtool takes the alerts, and their tests pass${missing}`,
  ignore: missing !== "",
  async fn() {
    for (const words of [["check", "rules", "alerts.yaml"], ["test", "rules", "alerts_tests.yaml"]]) {
      const [file] = words.splice(-1);
      const result = await run("promtool", [...words, `${EXAMPLES}/${file}`]);
      assertEquals(result?.code, 0, result?.output);
    }
  },
});
